#include "adapters/formats/framing/line_framer.hpp"

#include <algorithm>
#include <cassert>

namespace altmind::formats {

namespace {

constexpr std::size_t kept_capacity = 128 << 10;  // kept between lines; bounded, as there may be a thousand framers

}  // namespace

void LineFramer::push(std::string_view bytes) {
  assert(input_.empty() && "push before next() returned nothing");
  input_ = bytes;
}

std::optional<Line> LineFramer::next() {
  if (carried_) {
    if (carry_.capacity() > kept_capacity) carry_ = {};
    carry_.clear();
    carried_ = false;
  }
  const std::size_t end = input_.find(end_);
  if (end == std::string_view::npos) {
    keep(input_);
    input_ = {};
    return std::nullopt;
  }
  const std::string_view part = input_.substr(0, end);
  input_.remove_prefix(end + 1);
  if (carry_.empty() && !dropping_) return cut(part);
  keep(part);
  carried_ = true;
  if (!dropping_) return cut(carry_);
  dropping_ = false;
  return Line{carry_, true};
}

std::optional<Line> LineFramer::finish() {
  assert(input_.empty() && "finish before next() returned nothing");
  if (carried_ || (carry_.empty() && !dropping_)) return std::nullopt;
  carried_ = true;
  if (!dropping_) return cut(carry_);
  dropping_ = false;
  return Line{carry_, true};
}

Line LineFramer::cut(std::string_view line) const {
  // The end of a longer line may have been dropped.
  while (!line.empty() && line.size() <= max_line_ + 1 && line.back() == '\r') line.remove_suffix(1);
  if (line.size() <= max_line_) return Line{line, false};
  return Line{line.substr(0, std::min(max_line_, kept_of_too_long)), true};
}

void LineFramer::keep(std::string_view part) {
  if (dropping_) return;
  // One byte more than max_line may be the CR of a CRLF; two more cannot.
  if (carry_.size() + part.size() <= max_line_ + 1) {
    carry_.append(part);
    return;
  }
  dropping_ = true;
  const std::size_t kept = std::min(max_line_, kept_of_too_long);
  if (carry_.size() < kept) carry_.append(part.substr(0, kept - carry_.size()));
  carry_.resize(kept);
  if (carry_.capacity() > kept_capacity) carry_.shrink_to_fit();
}

}  // namespace altmind::formats
