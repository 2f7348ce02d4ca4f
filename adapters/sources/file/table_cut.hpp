#pragma once
// Lines of a table cut into fields: by which separator, and in which quotes.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "adapters/formats/csv/csv_line.hpp"
#include "adapters/sources/file/first_lines.hpp"

namespace altmind::file {

using TableRow = std::vector<std::string>;  ///< contents of the fields, blanks around them taken off

/// The lines cut by one dialect.
struct TableCut {
  formats::CsvDialect dialect;
  bool joined = false;  ///< quoted fields may hold line ends
  std::vector<TableRow> rows;
  std::vector<std::size_t> first_line;  ///< of each row
  std::size_t width = 0;                ///< of most rows
  std::size_t broken = 0;               ///< records that this dialect cannot read
  double score = 0.0;                   ///< 0..1: how well the dialect fits
};

/// Whether a row has `width` fields, or behind a separator at its end an empty one more.
bool fits(const TableRow& row, std::size_t width);

/// By the separator and quotes that fit best; only by `told`, if that is there. A width of 0 says that none does.
TableCut best_cut(const Lines& lines, std::optional<char> told);

}  // namespace altmind::file
