#pragma once
// Normalises features: not at all, by a fixed affine map, or by running statistics.

#include <cmath>
#include <vector>

#include "core/features/fit.hpp"
#include "core/features/statistics.hpp"
#include "core/learner_options.hpp"
#include "core/linalg/types.hpp"

namespace altmind {

/// A feature with a smaller deviation is treated as constant: its inverse must stay within float32.
inline constexpr double least_deviation = 1e-30;

/// Inputs and targets are clamped to this distance from the mean, in standard deviations.
inline constexpr double most_deviations = 10.0;

/// Returns empty statistics of `inputs` features; without columns unless the kind is standardise.
Statistics fresh_statistics(const NormaliserOptions& options, std::size_t inputs);

/// Multiple of a column's reach beyond which a feature is treated as wrong. Heavy tails stay within it.
inline constexpr double wrong_reach = 5.0;

/// The current map: out = (x - centre) * factor per feature, computed in double, then rounded. With `fits`, the result
/// is clamped to +-`most` and multiplied by its outlier weight; without, a result beyond `most` becomes 0, as it cannot
/// be a measurement.
struct Affine {
  std::vector<double> centre;
  std::vector<double> factor;
  double most = 0.0;
  std::vector<Fit> fits;  ///< one per feature with running statistics, else empty

  Scalar operator()(std::size_t j, double x) const {
    const double z = (x - centre[j]) * factor[j];
    if (!fits.empty()) {
      return static_cast<Scalar>((z < -most ? -most : z > most ? most : z) * fits[j].weight(x, wrong_reach));
    }
    return static_cast<Scalar>(std::abs(z) > most ? 0.0 : z);
  }
};

/// Without running statistics, an input of larger magnitude is not taken as a measurement. Up to this bound, sums of
/// squares over a batch and a layer, and products with g / w, stay within float32.
inline constexpr Scalar largest_input = 1e12F;

/// Returns the map given by the options, or by `statistics`: (x - mean) / deviation. A constant feature is only
/// centred, and inputs are clamped to 10 deviations: a feature that varies after a long constant phase is hundreds of
/// deviations away until the statistics catch up. A wrong reading, over a hundred deviations away, goes to the mean, as
/// if it were missing.
Affine affine(const NormaliserOptions& options, std::size_t inputs, const Statistics& statistics);

/// Writes the first `inputs` rows of `out` (inputs + 1, m). x: raw features, one sample after the other.
void apply(const Affine& map, Values x, Matrix& out);

}  // namespace altmind
