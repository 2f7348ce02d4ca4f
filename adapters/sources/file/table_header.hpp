#pragma once
// Decides whether the first line of a table names its columns.

#include <cstddef>
#include <string>
#include <vector>

#include "adapters/sources/file/table_cut.hpp"

namespace altmind::file {

struct TableHeader {
  bool there = false;
  std::string reason;
};

/// Judges row `at` by the rows below it. It is a header if its fields count up by one, or if a text that does not occur
/// again stands above numbers or above few texts that do, and no other text is one of few below it; in a table without
/// numbers, if none of its texts occurs again in its column. Empty fields and numbers elsewhere are no evidence. Rows
/// that equal it in all fields are ignored.
TableHeader judge_header(const std::vector<TableRow>& rows, std::size_t at, std::size_t width, char decimal_mark);

bool is_header(const std::vector<TableRow>& rows, std::size_t at, std::size_t width, char decimal_mark);

/// True if the row below the header `at` has a text, and no number, above all columns of numbers.
bool units_below(const std::vector<TableRow>& rows, std::size_t at, std::size_t width, char decimal_mark);

}  // namespace altmind::file
