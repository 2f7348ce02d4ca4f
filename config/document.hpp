#pragma once
// A configuration as tables of keys and values, each knowing where it was written.

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

/// One section, [[source]] or [test]. Entries in the order of their lines, overrides in place of what
/// they override or at the end.
struct Table {
  std::string name;  ///< "model", "source[0]", "test": what messages put before the key
  std::string origin;
  std::uint32_t line = 0;
  std::vector<Entry> entries;

  const Entry* find(std::string_view key) const;
  void put(Entry entry);
};

struct Document {
  std::string name;  ///< the file, where there is one
  std::vector<Table> sections;
  std::vector<Table> sources;
  std::optional<Table> test;
  std::vector<Table> columns;  ///< [[features.column]]
  std::vector<Table> layers;   ///< [[model.layer]]

  const Table* section(std::string_view section_name) const;
  /// The section, made empty if it is missing.
  Table& section_to_change(std::string_view section_name);
};

/// Sections of the configuration other than source and test, in the order of the file.
bool is_section(std::string_view name);

/// ConfigError "where: key: problem". A key that is not in the table is placed at the table itself.
[[noreturn]] void fail(const Table& table, std::string_view key, const std::string& problem);
/// The same at the line of an entry's part: "where: key[3]: problem".
[[noreturn]] void fail(const Table& table, const Entry& entry, const std::string& problem, std::uint32_t line,
                       const std::string& part);
/// ConfigError "where: problem".
[[noreturn]] void fail_at(const std::string& origin, std::uint32_t line, const std::string& problem);
/// "[modle]: unknown section; did you mean [model]?"
std::string unknown_section(std::string_view name);

/// TOML text. Throws ConfigError on a syntax error, an unknown section or a section that is not a table.
Document read_toml(const std::string& text, const std::string& name);

/// The value as TOML if it is TOML, else as a plain string: the right side of --set and of variables.
Value read_override(const std::string& text);

}  // namespace altmind::config
