#pragma once
// A configuration for a CSV file that nobody has described.

#include <optional>
#include <string>

#include "adapters/sources/file/csv_survey.hpp"
#include "core/samples/sample.hpp"

namespace altmind::config {

/// What the user said besides the file.
struct InferOptions {
  std::string path;
  std::string label;         ///< column by name or number; empty: class, label, target or y, else the last one
  std::optional<Task> task;  ///< nothing: by the label's values
};

/// A configuration as TOML text, short, with comments that say what was decided, by what, and how to say otherwise.
///
/// Label and task: infer_label.hpp. Columns: numbers, with at most a tenth of odd texts among them or three odd words,
/// are numeric (standardised; what is no number is missing, that is the mean, and flagged where there was some); at
/// most half as many different texts as rows are categorical, one-hot with room for twice as many up to 128, else
/// hashed; left out are columns without values, texts that never differ or nearly always do, dates, ids, the
/// unnamed index of a data frame and numbers of rows. Batch size: a four-thousandth of the rows, 10 to 200. Columns are
/// called by their number where the header does not give each its own name. Throws ConfigError when the label is not
/// found or no column remains.
std::string infer_config(const file::CsvSurvey& looked_at, const InferOptions& options);

}  // namespace altmind::config
