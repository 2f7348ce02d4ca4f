#pragma once
// The fast path for plainly written samples, which most lines are.

#include <cstddef>
#include <string_view>

#include "adapters/formats/json/feature_shape.hpp"
#include "adapters/formats/json/label.hpp"

namespace altmind::formats {

/// Members of a plain sample besides its features.
struct PlainMembers {
  WrittenLabel label;
  std::string_view id;  ///< JSON text; empty: there is none
};

/// Reads a sample that is written plainly: keys features, label, id without escapes, each at most once; exactly the
/// finite features of `shape`; label and id a number or a string of ASCII without escapes, label also a list of finite
/// numbers. Returns false for everything else, valid or not: `x` and `members` are then unspecified, and a full JSON
/// parser must read the text. Every plain sample is valid JSON.
///
/// x: room for shape.inputs() zeros; the rounding residuals of the features go to `residuals`, numbered from `first`.
/// Reads nothing beyond `text`, so it needs no padding and no copy.
bool read_plain(std::string_view text, const FeatureShape& shape, float* x, Residuals& residuals, std::size_t first,
                PlainMembers& members);

}  // namespace altmind::formats
