#pragma once
// A configuration for a CSV file that nobody has described.

#include <optional>
#include <string>

#include "adapters/file/csv_survey.hpp"
#include "core/sample.hpp"

namespace altmind::config {

/// What the user said besides the file.
struct InferOptions {
  std::string path;
  std::string label;         ///< column by name or number; empty: class, label, target or y, else the last one
  std::optional<Task> task;  ///< nothing: by the label's values
};

/// A configuration as TOML text, short, with comments that say what was left out and why.
///
/// Label: text or at most 20 different whole numbers make a classification, else a regression. Columns: all numbers
/// are numeric (standardised; a missing value is the mean, and flagged where some are missing already); at most half as
/// many different texts as rows are categorical, one-hot with room for twice as many up to 128, else hashed; left out
/// are columns without values, texts that never differ and texts that nearly always do. Batch size: a four-thousandth
/// of the rows, 10 to 200. Throws ConfigError when the label is not found or no column remains.
std::string infer_config(const file::CsvSurvey& survey, const InferOptions& options);

}  // namespace altmind::config
