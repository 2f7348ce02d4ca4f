#pragma once
// Which lists the features of a sample may be.

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/samples/sample.hpp"

namespace altmind::formats {

/// A row of `inputs` numbers, or where the model says what they are (SampleSpec::dimensions), that many in nested
/// lists, in row-major order. The list around an image of one channel may be left out.
class FeatureShape {
 public:
  explicit FeatureShape(const SampleSpec& spec);

  std::size_t inputs() const { return inputs_; }
  /// How many lists may stand in each other: 1 where there is but the row.
  std::size_t deepest() const { return dimensions_.empty() ? 1 : dimensions_.size(); }
  /// Elements of each of `depth` lists in each other, the outermost first; empty where features are not nested so.
  std::span<const std::size_t> sizes(std::size_t depth) const;
  /// Those of the lists that begin at `text`, one right in the other; of the deepest allowed where these are not. Reads
  /// no further than the first character that is neither white space nor '['.
  std::span<const std::size_t> sizes_at(const char* text) const;
  /// "784 numbers, or 1x28x28 or 28x28 of them in nested lists".
  std::string allowed() const;

 private:
  std::size_t inputs_;
  std::vector<std::size_t> dimensions_;
};

}  // namespace altmind::formats
