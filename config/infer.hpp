#pragma once
// Infers a configuration for a CSV file from its content.

#include <optional>
#include <string>

#include "adapters/sources/file/csv_survey.hpp"
#include "core/samples/sample.hpp"

namespace altmind::config {

/// Settings given by the user.
struct InferOptions {
  std::string path;
  std::string label;         ///< column by name or number; empty: class, label, target or y, else the last one
  std::optional<Task> task;  ///< nothing: inferred from the label's values
};

/// Returns a short configuration as TOML text, with comments that explain each decision and how to override it.
///
/// Label and task: infer_label.hpp. Columns of numbers, with at most a tenth of texts or three different words among
/// them, are numeric (standardised; texts are missing values, replaced by the mean, with a flag if there were any).
/// Columns of texts with at most half as many different ones as rows are categorical: one-hot with capacity for twice
/// as many up to 128, else hashed. Left out are columns without values, texts that are all equal or nearly all
/// different, dates, ids, the unnamed index of a data frame and row numbers. Batch size: a four-thousandth of the rows,
/// 10 to 200. Columns are named by their number unless the header gives each a unique name. Throws ConfigError if the
/// label is not found or no column remains.
std::string infer_config(const file::CsvSurvey& looked_at, const InferOptions& options);

}  // namespace altmind::config
