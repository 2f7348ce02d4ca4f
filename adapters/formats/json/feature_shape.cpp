#include "adapters/formats/json/feature_shape.hpp"

#include <cassert>
#include <functional>
#include <numeric>

namespace altmind::formats {

FeatureShape::FeatureShape(const SampleSpec& spec) : inputs_(spec.inputs), dimensions_(spec.dimensions) {
  assert(dimensions_.empty() ||
         std::accumulate(dimensions_.begin(), dimensions_.end(), std::size_t{1}, std::multiplies<>()) == inputs_);
}

std::span<const std::size_t> FeatureShape::sizes(std::size_t depth) const {
  const std::span<const std::size_t> all(dimensions_);
  if (depth == 1) return {&inputs_, 1};
  if (depth == all.size()) return all;
  return depth + 1 == all.size() && all.front() == 1 ? all.subspan(1) : std::span<const std::size_t>();
}

std::span<const std::size_t> FeatureShape::sizes_at(const char* text) const {
  std::size_t depth = 0;
  for (; depth < deepest(); ++text) {
    if (*text == '[') {
      ++depth;
    } else if (*text != ' ' && *text != '\t' && *text != '\r' && *text != '\n') {
      break;
    }
  }
  const std::span<const std::size_t> found = sizes(depth);
  return found.empty() ? sizes(deepest()) : found;
}

std::string FeatureShape::allowed() const {
  std::string text = std::to_string(inputs_) + " numbers";
  const char* before = ", or ";
  for (std::size_t depth = deepest(); depth > 1; --depth) {
    const auto sides = sizes(depth);
    if (sides.empty()) break;
    for (const std::size_t side : sides) {
      text.append(before).append(std::to_string(side));
      before = "x";
    }
    before = " or ";
  }
  return deepest() == 1 ? text : text + " of them in nested lists";
}

}  // namespace altmind::formats
