#pragma once
// The loss of a sample as a number in [0, 1], which is what drift detectors can bound.

#include <cstdint>
#include <span>
#include <vector>

#include "core/evaluate/prequential.hpp"
#include "core/samples/sample.hpp"

namespace altmind {

/// Of the targets of a regression, all so far.
struct TargetSpread {
  std::uint64_t samples = 0;
  std::vector<double> mean;  ///< per output; empty before the first sample and for classification
  double squares = 0.0;      ///< sum of (y - mean)^2 over samples and outputs (Welford)

  bool operator==(const TargetSpread&) const = default;
};

/// One number per sample. Classification: 1 if it was predicted wrong, else 0; cross-entropy has no bound, and one
/// confident mistake would pass for a drift. Regression: l / (l + v) of the mean squared error l over the outputs
/// and the mean variance v of the targets, the batch's included: 1/2 is as good as predicting their mean.
/// target: of a regression, outputs of one sample after the other.
std::vector<double> bounded_losses(Task task, std::span<const double> target, std::span<const Score> scores,
                                   TargetSpread& spread);

}  // namespace altmind
