#pragma once
// Maps the loss of a sample to [0, 1], the range that drift detectors require.

#include <cstdint>
#include <span>
#include <vector>

#include "core/evaluate/prequential.hpp"
#include "core/samples/sample.hpp"

namespace altmind {

/// Running mean and variance of all regression targets so far.
struct TargetSpread {
  std::uint64_t samples = 0;
  std::vector<double> mean;  ///< per output; empty before the first sample and for classification
  double squares = 0.0;      ///< sum of (y - mean)^2 over samples and outputs (Welford)

  bool operator==(const TargetSpread&) const = default;
};

/// Returns one number per sample. Classification: 1 if misclassified, else 0; cross-entropy is unbounded, and one
/// confident mistake would look like drift. Regression: l / (l + v) for the mean squared error l over the outputs and
/// the mean variance v of the targets, including this batch: 1/2 is as good as predicting their mean.
/// target: for regression, the outputs of one sample after the other.
std::vector<double> bounded_losses(Task task, std::span<const double> target, std::span<const Score> scores,
                                   TargetSpread& spread);

}  // namespace altmind
