#pragma once
// Infers the label column of a table, and the task.

#include <cstddef>
#include <string>

#include "config/infer.hpp"

namespace altmind::config {

inline constexpr std::size_t least_rows_to_judge = 20;  ///< with fewer rows, all-different texts prove nothing

/// Returns a column's name for messages: its name in quotes, else its number.
std::string called(const file::CsvSurvey& survey, std::size_t column);

/// True for a column of numbers, possibly with some texts among them.
bool of_numbers(const file::ColumnSurvey& column);

/// Returns the number of different values, up to the bounds of the survey.
std::size_t different(const file::ColumnSurvey& column);

struct InferredLabel {
  std::size_t column = 0;
  std::string reason;  ///< why this column; a sentence
};

/// Returns the column named by the user; else class, label, target, y, outcome or response; else the last one with
/// values. Throws ConfigError if there is none.
InferredLabel infer_label(const file::CsvSurvey& survey, const InferOptions& options);

/// Returns the column as a label: among texts, None and - are ordinary classes.
file::ColumnSurvey as_label(file::ColumnSurvey column);

struct InferredTask {
  Task task = Task::classification;
  std::string reason;
};

/// Texts are classes. Numbers with decimals are a regression. Whole numbers are classes if there are at most 20
/// different ones, each twice on average; up to 1000 if the column's name is class, label, type or similar; up to 100
/// if they have no gaps from 0 or 1 on and are about equally frequent. They are a regression if the column is named
/// after an amount (price, count, age or similar) and there are more than 10. The user's choice takes precedence.
/// Throws ConfigError if the label is text that nearly always differs, or dates, or not numeric in a regression, or if
/// a few words are frequent among numbers that would otherwise be a regression.
InferredTask infer_task(const file::CsvSurvey& survey, std::size_t label, const InferOptions& options);

}  // namespace altmind::config
