#pragma once
// Regression targets to what the network learns, and its outputs back to the user's units.

#include <span>
#include <vector>

#include "core/normaliser.hpp"
#include "core/sample.hpp"

namespace altmind {

/// target = mean + deviation * z, per output. Empty: the network learns targets as they are.
struct TargetScale {
  std::vector<double> mean;
  std::vector<double> deviation;

  bool empty() const { return mean.empty(); }
};

/// Running statistics of the targets; part of the learner's state. Empty unless they are standardised.
FeatureStatistics fresh_target_statistics(const NormaliserOptions& options, const SampleSpec& spec);

/// With the population deviation; 1 for a target that has not varied, the identity before the first sample.
TargetScale target_scale(const FeatureStatistics& statistics);

/// (target - mean) / deviation. targets: outputs of one sample after the other.
std::vector<float> to_network(const TargetScale& scale, std::span<const float> targets);

/// Columns of z (outputs, m) to the user's units.
void to_user(const TargetScale& scale, View z);

}  // namespace altmind
