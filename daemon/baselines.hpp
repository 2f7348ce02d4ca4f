#pragma once
// What predicting without features would have scored, test-then-train.

#include <cstdint>
#include <map>
#include <optional>

#include "core/sample.hpp"

namespace altmind {

/// majority: the most frequent class so far (the lowest index on a tie). no_change: the class of the
/// sample before. The first sample counts as wrong for both.
class Baselines {
 public:
  void add(const Samples& samples) {
    for (const std::uint32_t label : samples.label) {
      ++samples_;
      if (!counts_.empty() && label == majority_) ++majority_correct_;
      if (last_ && *last_ == label) ++no_change_correct_;
      last_ = label;
      const std::uint64_t count = ++counts_[label];
      const std::uint64_t best = counts_[majority_];
      if (count > best || (count == best && label < majority_)) majority_ = label;
    }
  }
  double majority() const { return share(majority_correct_); }
  double no_change() const { return share(no_change_correct_); }

 private:
  double share(std::uint64_t correct) const {
    return samples_ == 0 ? 0.0 : static_cast<double>(correct) / static_cast<double>(samples_);
  }

  std::uint64_t samples_ = 0;
  std::uint64_t majority_correct_ = 0;
  std::uint64_t no_change_correct_ = 0;
  std::uint32_t majority_ = 0;
  std::optional<std::uint32_t> last_;
  std::map<std::uint32_t, std::uint64_t> counts_;
};

}  // namespace altmind
