#pragma once
// Writing to a descriptor that may have no reader, without ever waiting for one.

#include <cstdint>
#include <string>
#include <string_view>

namespace altmind::telemetry {

/// Lines to a descriptor that may be a pipe, a terminal or a file. A line for which there is no room is dropped, and
/// the next that is written is preceded by one that says how many. One thread at a time.
class ImpatientWriter {
 public:
  explicit ImpatientWriter(int descriptor) : descriptor_(descriptor) {}

  /// `line` without its end. `dropped_line` makes the line that tells of what was dropped.
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
  std::uint64_t dropped_ = 0;  ///< since the last that was written
  bool torn_ = false;          ///< a line was written in part: its end is missing
};

}  // namespace altmind::telemetry
