#pragma once
// How a file writes its table: what ends its lines, what stands between its fields, where its rows begin.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "adapters/formats/csv/csv_line.hpp"

namespace altmind::file {

/// What the user says of it; the rest is looked for.
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
  std::size_t preamble = 0;        ///< lines with something in them before the header or the first row
  std::size_t width = 0;           ///< fields of most rows, without an empty one behind a separator at the end
  bool header = false;             ///< the first line behind the preamble names the columns
  bool row_names = false;          ///< the header has one name fewer than the rows have fields: theirs come first
  bool hash = false;               ///< the header is a comment: # stands in front of it
  bool units = false;              ///< the line below the header has texts above all numbers
  std::vector<std::string> names;  ///< of the columns, as many as width; without a header of @attribute lines or empty
  std::vector<std::string> cell_units;  ///< what stands beside the numbers of each column (kg, EUR); mostly empty
  std::vector<std::string> reasons;     ///< a sentence for each thing that is not as in RFC 4180
};

/// Looks at the first MiB of the file. Throws std::runtime_error with a sentence that names the file and what it is
/// when it is no table of text (a workbook or archive, UTF-16, another encoding, JSON, SQL, libsvm), has mixed line
/// ends, or has lines that no separator cuts into equally many fields.
TableDialect look_at_table(const std::string& path, const TableHints& hints = {});

}  // namespace altmind::file
