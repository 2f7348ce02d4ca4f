#pragma once
// A configuration as tables of keys and values with their origins and lines.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.hpp"
#include "config/value.hpp"

namespace altmind::config {

/// One key of a table. origin: the file, "--set", or the environment variable.
struct Entry {
  std::string key;
  Value value;
  std::string origin;
};

/// One section, [[source]] or [test]. Entries are in line order; an override replaces its entry or is appended.
struct Table {
  std::string name;  ///< "model", "source[0]", "test": as messages name the section before the key
  std::string origin;
  std::uint32_t line = 0;
  std::vector<Entry> entries;

  const Entry* find(std::string_view key) const;
  void put(Entry entry);
};

struct Document {
  std::string name;  ///< the file, if there is one
  std::vector<Table> sections;
  std::vector<Table> sources;
  std::optional<Table> test;
  std::vector<Table> columns;  ///< [[features.column]]
  std::vector<Table> layers;   ///< [[model.layer]]
  std::vector<Table> arms;     ///< [[learning.arms]]

  const Table* section(std::string_view section_name) const;
  /// Returns the section, creating it if it is missing.
  Table& section_to_change(std::string_view section_name);
};

/// Returns the sections of the configuration other than source and test, in the order of the file.
bool is_section(std::string_view name);

/// Throws ConfigError "where: key: problem". For a key that is not in the table, `where` is the table itself.
[[noreturn]] void fail(const Table& table, std::string_view key, const std::string& problem);
/// Throws ConfigError at the line of a part of an entry: "where: key[3]: problem".
[[noreturn]] void fail(const Table& table, const Entry& entry, const std::string& problem, std::uint32_t line,
                       const std::string& part);
/// Throws ConfigError "where: problem".
[[noreturn]] void fail_at(const std::string& origin, std::uint32_t line, const std::string& problem);
/// Throws ConfigError "[modle]: unknown section; did you mean [model]?"
std::string unknown_section(std::string_view name);

/// Parses TOML text. Throws ConfigError on a syntax error, an unknown section or a section that is not a table.
Document read_toml(const std::string& text, const std::string& name);

/// Parses the right-hand side of --set and of variables: as TOML if it is valid TOML, else as a plain string.
Value read_override(const std::string& text);

}  // namespace altmind::config
