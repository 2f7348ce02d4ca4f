#pragma once
// Joins lines into records whose quoted fields may hold line ends.

#include <cstddef>
#include <optional>
#include <string>

#include "adapters/formats/csv/csv_line.hpp"
#include "adapters/formats/framing/line_framer.hpp"

namespace altmind::formats {

/// Memory is bounded by max_record; a record of one line is not copied.
class LineJoiner {
 public:
  LineJoiner(std::size_t max_record, CsvDialect dialect) : max_record_(max_record), dialect_(dialect) {}

  /// Returns the record that ends with `line`; nullopt while a quote is open. Valid until the next call.
  std::optional<Line> join(const Line& line);

  /// At the end of a text: returns the lines whose quote was never closed; nullopt if there are none.
  std::optional<Line> finish();

 private:
  std::size_t max_record_;
  CsvDialect dialect_;
  std::string begun_;
  std::string record_;
  bool open_ = false;
};

}  // namespace altmind::formats
