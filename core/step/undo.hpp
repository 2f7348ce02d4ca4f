#pragma once
// Backup of what a step changes, to restore it if the result is not usable.

#include <vector>

#include "core/step/arm.hpp"

namespace altmind {

/// Backs up weights, the memories B, moments and step ratios: everything that a step computes by division or by
/// following a gradient. Statistics, second moments and averages are weighted means of finite values and cannot leave
/// their range.
///
/// Costs one copy and one check per step; the buffers are reused across steps.
class Undo {
 public:
  void keep(const Arm& arm);
  /// Restores the kept state, bit for bit, by swapping it back in.
  void put_back(Arm& arm);

 private:
  std::vector<Matrix> weights_;
  std::vector<Matrix> memories_;  ///< B
  std::vector<Moments> moments_;
  std::vector<BatchNorm> norms_;
  std::vector<Moments> norm_moments_;
  Moments output_;
  std::vector<double> ratios_;
};

/// True if the result of a step may be kept: all of it is finite, and no weight is beyond `largest_kept`.
bool may_be_kept(const Arm& arm);
bool may_be_kept(const Twin& twin);

}  // namespace altmind
