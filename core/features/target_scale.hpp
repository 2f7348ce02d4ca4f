#pragma once
// Regression targets to what the network learns, and its outputs back to the user's units.

#include <span>
#include <vector>

#include "core/evaluate/prequential.hpp"
#include "core/features/fit.hpp"
#include "core/features/statistics.hpp"
#include "core/linalg/types.hpp"
#include "core/samples/sample.hpp"

namespace altmind {

struct NormaliserOptions;  // core/learner_options.hpp

/// target = mean + deviation * z, per output. Empty: the network learns targets as they are.
struct TargetScale {
  std::vector<double> mean;
  std::vector<double> deviation;
  std::vector<Fit> fits;

  bool empty() const { return mean.empty(); }
};

/// Running statistics of the targets; part of the learner's state. Empty unless they are standardised.
Statistics fresh_target_statistics(const NormaliserOptions& options, const SampleSpec& spec);

/// With the population deviation; 1 for a target that has not varied, the identity before the first sample.
TargetScale target_scale(const Statistics& statistics);

/// Targets as they are, but none more than 10 deviations from the mean: what is further away is a wrong number, or may
/// not decide what a whole batch teaches. targets: outputs of one sample after the other.
std::vector<double> bounded(const TargetScale& scale, Values targets);

/// (bounded target - mean) / deviation.
std::vector<float> to_network(const TargetScale& scale, Values targets);

/// The same towards what the network predicted (outputs, m) where a target is far outside of its column, by its weight:
/// a wrong one teaches next to nothing.
std::vector<float> to_network(const TargetScale& scale, Values targets, const ConstView& predicted);

/// Column `i` of z (outputs, m) in the user's units.
std::vector<double> to_user(const TargetScale& scale, const ConstView& z, Index i);

/// Scores of a regression in the user's units, by the targets as they are: ||prediction - target||^2 / outputs.
std::vector<Score> scores(const TargetScale& scale, Values targets, const ConstView& z);

/// The largest loss that a target within the bounds has when the mean is predicted: for those who must not be led by
/// single losses.
double largest_loss(const TargetScale& scale);

}  // namespace altmind
