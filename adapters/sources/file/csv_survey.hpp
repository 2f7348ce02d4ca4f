#pragma once
// Surveys a CSV file, so that a schema can be inferred.

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "adapters/sources/file/table_dialect.hpp"

namespace altmind::file {

/// One column over the rows that were read.
struct ColumnSurvey {
  std::string name;         ///< from the header; may be empty
  std::size_t missing = 0;  ///< ingest::means_missing, or one of the words that the user gave
  std::size_t numbers = 0;
  std::size_t texts = 0;    ///< neither
  std::size_t whole = 0;    ///< numbers of integral value
  std::size_t digits = 0;   ///< of these, written with digits and a sign alone
  std::size_t steps = 0;    ///< numbers that are one more than that of the row before
  std::size_t changes = 0;  ///< rows whose value differs from that of the row before
  double least = 0.0;       ///< of the numbers
  double most = 0.0;        ///< of the numbers
  /// Occurrences; at most 5000 different ones of each, fewer in a wide table. A long text is kept as its beginning and
  /// hash.
  std::unordered_map<std::string, std::size_t> words;
  std::unordered_map<double, std::size_t> values;
  /// Of `missing`: words that are not numbers, but may well be classes (None, -).
  std::unordered_map<std::string, std::size_t> perhaps_classes;
  std::size_t dates = 0;             ///< words that look like a date or a time
  bool many_words = false;           ///< there are more than `words` holds
  bool many_values = false;          ///< there are more than `values` holds
  std::size_t texts_until_many = 0;  ///< texts seen when `words` was full
};

struct CsvSurvey {
  TableDialect dialect;
  std::vector<ColumnSurvey> columns;
  std::size_t rows = 0;         ///< rows read
  double rows_in_file = 0.0;    ///< estimated from the file size if not all were read
  bool whole = false;           ///< all rows were read
  std::size_t other_width = 0;  ///< rows that have another number of fields; ignored
};

/// Surveys the rows in the first `most_bytes` bytes of text, at about the speed at which they are parsed later. Memory
/// is bounded for any file. Throws std::runtime_error naming the file if it cannot be read, is not a table
/// (look_at_table), has other line ends further on, or has no rows.
CsvSurvey survey_csv(const std::string& path, const TableHints& hints = {}, std::uint64_t most_bytes = 256 << 20);

}  // namespace altmind::file
