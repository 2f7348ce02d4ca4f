#pragma once
// Scales regression targets for the network, and its outputs back to the user's units.

#include <span>
#include <vector>

#include "core/evaluate/prequential.hpp"
#include "core/features/fit.hpp"
#include "core/features/statistics.hpp"
#include "core/linalg/types.hpp"
#include "core/samples/sample.hpp"

namespace altmind {

struct NormaliserOptions;  // core/learner_options.hpp

/// target = mean + deviation * z, per output. Empty: the network learns unscaled targets.
struct TargetScale {
  std::vector<double> mean;
  std::vector<double> deviation;
  std::vector<Fit> fits;

  bool empty() const { return mean.empty(); }
};

/// Returns the initial running statistics of the targets, part of the learner's state. Empty unless targets are
/// standardised.
Statistics fresh_target_statistics(const NormaliserOptions& options, const SampleSpec& spec);

/// Returns the scale by the population deviation, which is 1 for a constant target; the identity before the first
/// sample.
TargetScale target_scale(const Statistics& statistics);

/// Returns the targets clamped to 10 deviations from the mean: anything further away is wrong, or must not dominate the
/// step of a whole batch. targets: outputs of one sample after the other.
std::vector<double> bounded(const TargetScale& scale, Values targets);

/// Returns (bounded target - mean) / deviation.
std::vector<float> to_network(const TargetScale& scale, Values targets);

/// Does the same, but moves a target far outside its column's range towards `predicted` (outputs, m) according to its
/// outlier weight, so that a wrong target teaches next to nothing.
std::vector<float> to_network(const TargetScale& scale, Values targets, const ConstView& predicted);

/// Returns column `i` of z (outputs, m) in the user's units.
std::vector<double> to_user(const TargetScale& scale, const ConstView& z, Index i);

/// Returns regression scores in the user's units, against the unclamped targets: ||prediction - target||^2 / outputs.
std::vector<Score> scores(const TargetScale& scale, Values targets, const ConstView& z);

/// Returns the largest loss of a clamped target when the mean is predicted. Detectors cap losses at it, so that no
/// single loss dominates them.
double largest_loss(const TargetScale& scale);

}  // namespace altmind
