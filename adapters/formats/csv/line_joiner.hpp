#pragma once
// Lines to records where quoted fields may hold line ends.

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

  /// The record that ends with `line`; nothing if its quotes are still open. Valid until the next call.
  std::optional<Line> join(const Line& line);

  /// At the end of a text: the lines whose quotes never closed; nothing if there are none.
  std::optional<Line> finish();

 private:
  std::size_t max_record_;
  CsvDialect dialect_;
  std::string begun_;
  std::string record_;
  bool open_ = false;
};

}  // namespace altmind::formats
