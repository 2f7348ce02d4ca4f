#pragma once
// All keys of the configuration: the single list used for reading, writing and tests.

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/source.hpp"
#include "config/config.hpp"
#include "config/field.hpp"

namespace altmind::config {

inline constexpr std::chrono::milliseconds longest_duration = std::chrono::hours(24 * 365);

/// Returns the keys of [model] [learning] [memory] [features] [drift] [evaluation] that influence learning.
const std::vector<Section<LearnerOptions>>& learner_sections();

inline constexpr std::uint64_t most_batch_size = 1'000'000;

/// Returns all sections except [[source]] and [test]; those of learner_sections first.
const std::vector<Section<Config>>& config_sections();

/// A key of [[source]] and [test], with the types and formats that use it.
struct SourceField {
  Field<adapters::SourceOptions> field;
  std::vector<adapters::SourceType> types;  ///< source types that use it; empty: all
  std::vector<adapters::Format> formats;    ///< formats that use it, for types with a format; empty: all
  bool in_test = false;                     ///< allowed in [test]
};

/// Returns all such keys; type and format first, since the others depend on them.
const std::vector<SourceField>& source_fields();

/// Return "tcp" ... in the order of SourceType, and "ndjson" ... in the order of Format.
std::span<const std::string_view> source_type_names();
std::span<const std::string_view> format_names();

/// True if a source of this type and format uses the field.
bool type_reads(const SourceField& field, adapters::SourceType type);
bool format_reads(const SourceField& field, adapters::SourceType type, adapters::Format format);

/// Reads a non-empty path and expands variables in it.
std::string read_path(const Value& value, const Reading& reading);
/// Returns a path as written in the file, which read_path reads back to the same path.
Value path_value(const std::string& path);

/// Checks names of models and sources, which appear in URLs, metric labels and --set.
std::string read_name(const Value& value);

/// Returns the error text for a key that its section does not have.
std::string unknown_key(std::string_view section, std::string_view key);

}  // namespace altmind::config
