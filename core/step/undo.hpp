#pragma once
// What a step solves for, as it was before: it comes back where the result is not to be kept.

#include <vector>

#include "core/step/learner_state.hpp"

namespace altmind {

/// Weights, the memories they are swept over, moments and step ratios: all that a step computes by dividing or by
/// following a gradient. Statistics, second moments and averages of a finite batch are weighted means and cannot leave
/// the range of what they are means of.
///
/// A step costs one copy and one look at it; the buffers are kept between steps.
class Undo {
 public:
  void keep(const LearnerState& state);
  /// Swaps what was kept back in: bit for bit what it was.
  void put_back(LearnerState& state);

 private:
  std::vector<Matrix> weights_;
  std::vector<Matrix> memories_;  ///< B
  std::vector<Moments> moments_;
  std::vector<BatchNorm> norms_;
  std::vector<Moments> norm_moments_;
  Moments output_;
  std::vector<double> ratios_;
};

/// Whether what a step has solved for may be kept: all of it is finite, and no weight beyond `largest_kept`.
bool may_be_kept(const LearnerState& state);
bool may_be_kept(const Twin& twin);

}  // namespace altmind
