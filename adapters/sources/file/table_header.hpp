#pragma once
// Whether the first line of a table names its columns.

#include <cstddef>
#include <string>
#include <vector>

#include "adapters/sources/file/table_cut.hpp"

namespace altmind::file {

struct TableHeader {
  bool there = false;
  std::string reason;
};

/// Judges row `at` by the rows below it. It is a header where its fields count up by one, or a text that does not come
/// again stands above numbers or above few texts that do, and no other text is one of few below it; in a table without
/// numbers, where none of its texts comes again in its column. Empty fields and numbers elsewhere say nothing. Rows
/// that are like it in all fields are passed over.
TableHeader judge_header(const std::vector<TableRow>& rows, std::size_t at, std::size_t width, char decimal_mark);

bool is_header(const std::vector<TableRow>& rows, std::size_t at, std::size_t width, char decimal_mark);

/// Whether the row below the header `at` has a text, and no number, above all columns of numbers.
bool units_below(const std::vector<TableRow>& rows, std::size_t at, std::size_t width, char decimal_mark);

}  // namespace altmind::file
