#pragma once
// Writes to a descriptor that may have no reader, without ever blocking.

#include <cstdint>
#include <string>
#include <string_view>

namespace altmind::telemetry {

/// Writes lines to a pipe, a terminal or a file. A line for which there is no room is dropped, and the next line
/// written is preceded by one that says how many were. Used by one thread at a time.
class ImpatientWriter {
 public:
  explicit ImpatientWriter(int descriptor) : descriptor_(descriptor) {}

  /// `line` has no line end. `dropped_line` makes the line that reports how many were dropped.
  template <typename DroppedLine>
  void write(std::string_view line, const DroppedLine& dropped_line) {
    if (dropped_ > 0) {
      if (!put(dropped_line(dropped_))) {
        ++dropped_;
        return;
      }
      dropped_ = 0;
    }
    if (!put(line)) ++dropped_;
  }
  std::uint64_t dropped() const { return dropped_; }

 private:
  bool put(std::string_view line);
  bool put_some(std::string_view& left);

  const int descriptor_;
  std::uint64_t dropped_ = 0;  ///< since the last line written
  bool torn_ = false;          ///< a line was written partially: its end is missing
};

}  // namespace altmind::telemetry
