#pragma once
// What the first rows of a CSV file look like: what a schema is inferred from.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace altmind::file {

/// One column over the rows that were looked at.
struct ColumnSurvey {
  std::string name;         ///< of the header, else c0, c1, ...
  std::size_t missing = 0;  ///< empty, ?, na, n/a, nan, null
  std::size_t numbers = 0;
  std::size_t texts = 0;                         ///< neither
  std::size_t whole = 0;                         ///< numbers of integral value
  std::size_t digits = 0;                        ///< of these, written with digits and a sign alone
  double least = 0.0;                            ///< of the numbers
  double most = 0.0;                             ///< of the numbers
  std::map<std::string, std::size_t> different;  ///< every content but the missing ones, and how often
};

struct CsvSurvey {
  bool header = false;
  std::vector<ColumnSurvey> columns;
  std::size_t rows = 0;         ///< looked at
  double rows_in_file = 0.0;    ///< estimated from its size
  std::size_t other_width = 0;  ///< rows that have another number of fields; left out
};

/// Looks at up to `most_rows` rows behind the header. There is a header when no field of the first line is a number
/// or missing, and some column has numbers below it, or none of the first line's texts comes again in its column.
/// Throws std::runtime_error naming the file when it cannot be read or has no rows.
CsvSurvey survey_csv(const std::string& path, std::size_t most_rows = 1000);

}  // namespace altmind::file
