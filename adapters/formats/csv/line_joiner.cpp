#include "adapters/formats/csv/line_joiner.hpp"

#include <algorithm>

namespace altmind::formats {

std::optional<Line> LineJoiner::join(const Line& line) {
  const bool open = !line.too_long && ends_quoted(line.text, open_, dialect_);
  if (line.too_long || (!open && !open_)) {
    open_ = false;
    begun_.clear();
    return line;
  }
  if (open_) begun_ += '\n';
  begun_ += line.text;
  open_ = open && begun_.size() <= max_record_;
  if (open_) return std::nullopt;
  record_.swap(begun_);
  begun_.clear();
  if (record_.size() <= max_record_) return Line{record_, false};
  return Line{std::string_view(record_).substr(0, std::min(max_record_, LineFramer::kept_of_too_long)), true};
}

std::optional<Line> LineJoiner::finish() {
  if (!open_) return std::nullopt;
  open_ = false;
  record_.swap(begun_);
  begun_.clear();
  return Line{record_, false};
}

}  // namespace altmind::formats
