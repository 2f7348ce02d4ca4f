#pragma once
// Features to network inputs: nothing, a fixed affine map, or running mean and variance.

#include <cstdint>
#include <span>

#include "core/learner_options.hpp"
#include "core/types.hpp"

namespace altmind {

/// Running statistics of each feature (Welford 1962), in double; part of the learner's state. Empty unless
/// the kind is standardise.
struct FeatureStatistics {
  std::uint64_t samples = 0;
  DoubleVector mean;
  DoubleVector squares;  ///< sum of squared deviations from the mean
};

FeatureStatistics fresh_statistics(const NormaliserOptions& options, std::size_t inputs);

/// Adds samples: x holds raw features, one sample after the other.
void add(std::span<const float> x, FeatureStatistics& statistics);

/// The map in force: out = x * factor + shift per feature, but no further from 0 than `most`.
struct Affine {
  Vector factor;
  Vector shift;
  Scalar most;
};

/// From the options, or from `statistics`: (x - mean) / std with the population variance; a feature that
/// has not varied is only centred, and none is taken to be more than 10 deviations away.
Affine affine(const NormaliserOptions& options, std::size_t inputs, const FeatureStatistics& statistics);

/// Beyond this in either direction a number is no measurement: it is not held within `most` but left for the learner to
/// skip.
inline constexpr Scalar largest_input = 1e12F;

/// Writes the first `inputs` rows of `out` (inputs + 1, m).
void apply(const Affine& map, std::span<const float> x, Matrix& out);

}  // namespace altmind
