#pragma once
// Every key of the configuration: the one list that reading, writing and tests go by.

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

/// [model] [learning] [memory] [features] [drift] [evaluation], as far as they decide learning.
const std::vector<Section<LearnerOptions>>& learner_sections();

inline constexpr std::uint64_t most_batch_size = 1'000'000;

/// All sections but [[source]] and [test]; those of learner_sections first.
const std::vector<Section<Config>>& config_sections();

/// A key of [[source]] and [test], and what reads it.
struct SourceField {
  Field<adapters::SourceOptions> field;
  std::vector<adapters::SourceType> types;  ///< types that read it; empty: all
  std::vector<adapters::Format> formats;    ///< formats that read it, for types that have a format; empty: all
  bool in_test = false;                     ///< may stand in [test]
};

/// type and format first: they decide about the others.
const std::vector<SourceField>& source_fields();

/// "tcp" ... in the order of SourceType; "ndjson" ... in the order of Format.
std::span<const std::string_view> source_type_names();
std::span<const std::string_view> format_names();

/// Whether a source of this type and format reads the field.
bool type_reads(const SourceField& field, adapters::SourceType type);
bool format_reads(const SourceField& field, adapters::SourceType type, adapters::Format format);

/// A non-empty path; variables expanded.
std::string read_path(const Value& value, const Reading& reading);
/// A path for the file: what read_path turns back into it.
Value path_value(const std::string& path);

/// Names of models and sources: they stand in URLs, metric labels and --set.
std::string read_name(const Value& value);

/// Problem text for a key that its section does not have.
std::string unknown_key(std::string_view section, std::string_view key);

}  // namespace altmind::config
