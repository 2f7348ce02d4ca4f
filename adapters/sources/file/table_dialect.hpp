#pragma once
// How a file writes its table: its line ends, its separator and quotes, and where its rows begin.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "adapters/formats/csv/csv_line.hpp"

namespace altmind::file {

/// What the user specifies; the rest is detected.
struct TableHints {
  std::optional<char> separator;
  std::optional<char> decimal_mark;
  std::optional<bool> header;
  std::optional<std::vector<std::string>> missing;  ///< words for missing values
};

struct TableDialect {
  formats::CsvDialect csv;
  char line_end = '\n';            ///< or '\r'
  bool line_breaks = false;        ///< some quoted field holds a line end
  char decimal_mark = '.';         ///< or ','
  std::size_t preamble = 0;        ///< non-empty lines before the header or the first row
  std::size_t width = 0;           ///< fields of most rows, not counting an empty one after a trailing separator
  bool header = false;             ///< the first line after the preamble names the columns
  bool row_names = false;          ///< the header has one name fewer than the rows have fields: row names come first
  bool hash = false;               ///< the header is a comment: # stands in front of it
  bool units = false;              ///< the line below the header has texts above all numbers
  std::vector<std::string> names;  ///< of all columns; without a header those of @attribute lines, or none
  std::vector<std::string> cell_units;  ///< unit beside the numbers of each column (kg, EUR); mostly empty
  std::vector<std::string> reasons;     ///< a sentence for each difference from RFC 4180
};

/// Detects the dialect from the first MiB of the file. Throws std::runtime_error with a sentence that names the file
/// and what it is if it is not a table of text (a workbook or archive, UTF-16, another encoding, JSON, SQL, libsvm),
/// has mixed line ends, or has lines that no separator splits into equally many fields.
TableDialect look_at_table(const std::string& path, const TableHints& hints = {});

}  // namespace altmind::file
