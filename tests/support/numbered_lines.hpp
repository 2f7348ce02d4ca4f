#pragma once
// Records that carry their own number, so that lost, repeated or reordered ones are noticed.

#include <cstddef>
#include <numeric>
#include <string>
#include <vector>

#include "core/samples/sample.hpp"

namespace altmind {

inline constexpr SampleSpec one_number{Task::classification, LabelKind::index, 1, 2};

/// Returns the NDJSON of record `value`: one feature, its number.
inline std::string line(std::size_t value) {
  return "{\"features\": [" + std::to_string(value) + "], \"label\": 1}\n";
}

inline std::string lines(std::size_t from, std::size_t to) {
  std::string text;
  for (std::size_t i = from; i < to; ++i) text += line(i);
  return text;
}

/// Returns from .. to - 1, as features.
inline std::vector<float> numbers(std::size_t from, std::size_t to) {
  std::vector<float> all(to - from);
  std::iota(all.begin(), all.end(), static_cast<float>(from));
  return all;
}

}  // namespace altmind
