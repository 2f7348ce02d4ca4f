#pragma once
// Features to network inputs: nothing, a fixed affine map, or running mean and variance.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "core/learner_options.hpp"
#include "core/types.hpp"

namespace altmind {

/// Running statistics of each feature (Welford 1962), in double; part of the learner's state. Empty unless
/// the kind is standardise.
struct FeatureStatistics {
  std::uint64_t samples = 0;
  DoubleVector mean;
  DoubleVector squares;                     ///< sum of squared deviations from the mean
  std::vector<std::uint64_t> present = {};  ///< with a schema: values of each column that were not missing
};

/// A feature that varied less than this is taken not to have varied: one over it must stay in float32.
inline constexpr double least_deviation = 1e-30;

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

/// `value` within `most`, unless it is no measurement.
inline Scalar within(Scalar value, Scalar most) {
  return std::abs(value) <= largest_input ? std::clamp(value, -most, most) : value;
}

/// Writes the first `inputs` rows of `out` (inputs + 1, m).
void apply(const Affine& map, std::span<const float> x, Matrix& out);

}  // namespace altmind
