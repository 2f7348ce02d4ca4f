#pragma once
// What a CSV file holds: what a schema is inferred from.

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "adapters/sources/file/table_dialect.hpp"

namespace altmind::file {

/// One column over the rows that were looked at.
struct ColumnSurvey {
  std::string name;         ///< of the header; may be empty
  std::size_t missing = 0;  ///< ingest::means_missing, or one of the words that the user says
  std::size_t numbers = 0;
  std::size_t texts = 0;    ///< neither
  std::size_t whole = 0;    ///< numbers of integral value
  std::size_t digits = 0;   ///< of these, written with digits and a sign alone
  std::size_t steps = 0;    ///< numbers that are one more than that of the row before
  std::size_t changes = 0;  ///< rows that have something else than the row before
  double least = 0.0;       ///< of the numbers
  double most = 0.0;        ///< of the numbers
  /// How often; at most 5000 of each, fewer in a wide table. Of a long text its beginning and its hash.
  std::unordered_map<std::string, std::size_t> words;
  std::unordered_map<double, std::size_t> values;
  /// Of `missing`: words that stand for no number, but may well be classes (None, -).
  std::unordered_map<std::string, std::size_t> perhaps_classes;
  std::size_t dates = 0;             ///< words that look like a date or a time
  bool many_words = false;           ///< there are more than `words` holds
  bool many_values = false;          ///< there are more than `values` holds
  std::size_t texts_until_many = 0;  ///< texts seen when `words` was full
};

struct CsvSurvey {
  TableDialect dialect;
  std::vector<ColumnSurvey> columns;
  std::size_t rows = 0;         ///< looked at
  double rows_in_file = 0.0;    ///< estimated from its size where not all was looked at
  bool whole = false;           ///< all rows were looked at
  std::size_t other_width = 0;  ///< rows that have another number of fields; left out
};

/// Looks at the rows in the first `most_bytes` bytes of text, at about the speed at which they are parsed later.
/// Memory is bounded, whatever the file. Throws std::runtime_error naming the file when it cannot be read, is no table
/// (look_at_table), has lines that end otherwise further on, or has no rows.
CsvSurvey survey_csv(const std::string& path, const TableHints& hints = {}, std::uint64_t most_bytes = 256 << 20);

}  // namespace altmind::file
