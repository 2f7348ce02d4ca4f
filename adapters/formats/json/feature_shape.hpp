#pragma once
// The nestings of lists that features may have.

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/samples/sample.hpp"

namespace altmind::formats {

/// A row of `inputs` numbers or, if the model defines SampleSpec::dimensions, that many numbers in nested lists, in
/// row-major order. The outer list of a one-channel image may be omitted.
class FeatureShape {
 public:
  explicit FeatureShape(const SampleSpec& spec);

  std::size_t inputs() const { return inputs_; }
  /// The deepest allowed nesting: 1 if only the flat row is allowed.
  std::size_t deepest() const { return dimensions_.empty() ? 1 : dimensions_.size(); }
  /// Returns the number of elements per list at each of `depth` levels, outermost first; empty if that depth is not
  /// allowed.
  std::span<const std::size_t> sizes(std::size_t depth) const;
  /// Returns these sizes for the brackets that `text` begins with, or for the deepest allowed nesting if theirs is not
  /// allowed. Reads no further than the first character that is neither white space nor '['.
  std::span<const std::size_t> sizes_at(const char* text) const;
  /// Describes the allowed shapes: "784 numbers, or 1x28x28 or 28x28 of them in nested lists".
  std::string allowed() const;

 private:
  std::size_t inputs_;
  std::vector<std::size_t> dimensions_;
};

}  // namespace altmind::formats
