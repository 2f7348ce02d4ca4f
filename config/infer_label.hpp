#pragma once
// Which column of a table is learned, and as what.

#include <cstddef>
#include <string>

#include "config/infer.hpp"

namespace altmind::config {

inline constexpr std::size_t least_rows_to_judge = 20;  ///< before that texts that all differ prove nothing

/// A column as messages call it: by its name in quotes, else by its number.
std::string called(const file::CsvSurvey& survey, std::size_t column);

/// Whether the column is one of numbers, among which some texts may stand.
bool of_numbers(const file::ColumnSurvey& column);

/// What stands there in how many forms; the bounds of the survey aside.
std::size_t different(const file::ColumnSurvey& column);

struct InferredLabel {
  std::size_t column = 0;
  std::string reason;  ///< of the column; a sentence
};

/// The column that the user named; else class, label, target, y, outcome or response; else the last one with values.
/// Throws ConfigError when there is none such.
InferredLabel infer_label(const file::CsvSurvey& survey, const InferOptions& options);

/// The column as a label: among texts None and - are classes like others.
file::ColumnSurvey as_label(file::ColumnSurvey column);

struct InferredTask {
  Task task = Task::classification;
  std::string reason;
};

/// Texts are classes. Numbers with decimals are a regression. Whole numbers are classes if there are at most 20 of
/// them, each twice on average; up to 1000 where the column is called class, label, type and the like; up to 100 where
/// they leave no gap from 0 or 1 and come about equally often. They are a regression where the column is called after
/// an amount (price, count, age and the like) and there are more than 10. What the user says stands. Throws ConfigError
/// where the label is text that nearly always differs, or dates, or no number in a regression, or where a few words
/// stand often among numbers that would else be a regression.
InferredTask infer_task(const file::CsvSurvey& survey, std::size_t label, const InferOptions& options);

}  // namespace altmind::config
