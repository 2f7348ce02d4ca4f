#pragma once
// Splits the lines of a table into fields: finds the separator and the quotes.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "adapters/formats/csv/csv_line.hpp"
#include "adapters/sources/file/first_lines.hpp"

namespace altmind::file {

using TableRow = std::vector<std::string>;  ///< contents of the fields, stripped of blanks

/// The lines as split by one dialect.
struct TableCut {
  formats::CsvDialect dialect;
  bool joined = false;  ///< quoted fields may hold line ends
  std::vector<TableRow> rows;
  std::vector<std::size_t> first_line;  ///< of each row
  std::size_t width = 0;                ///< of most rows
  std::size_t broken = 0;               ///< records that this dialect cannot read
  double score = 0.0;                   ///< 0..1: how well the dialect fits
};

/// True if a row has `width` fields, or one more that is empty (a trailing separator).
bool fits(const TableRow& row, std::size_t width);

/// Splits by the separator and quotes that fit best; only by `told`, if it is given. A width of 0 means that none fits.
TableCut best_cut(const Lines& lines, std::optional<char> told);

}  // namespace altmind::file
