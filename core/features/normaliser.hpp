#pragma once
// Features to network inputs: nothing, a fixed affine map, or by running statistics.

#include <cmath>
#include <vector>

#include "core/features/fit.hpp"
#include "core/features/statistics.hpp"
#include "core/learner_options.hpp"
#include "core/linalg/types.hpp"

namespace altmind {

/// A feature that varied less than this is taken not to have varied: one over it must stay in float32.
inline constexpr double least_deviation = 1e-30;

/// Nothing is learned from as further away from its mean, in deviations.
inline constexpr double most_deviations = 10.0;

/// Statistics of features; empty unless the kind is standardise.
Statistics fresh_statistics(const NormaliserOptions& options, std::size_t inputs);

/// Times the reach of a column beyond which a feature is taken to be wrong. Heavy tails stay within.
inline constexpr double wrong_reach = 5.0;

/// The map in force: out = (x - centre) * factor per feature, in double and then rounded. What is further from 0 than
/// `most` is held there, and drawn to 0 by its weight if it is far outside of its column; or, without `fits`, it is no
/// measurement and becomes 0.
struct Affine {
  std::vector<double> centre;
  std::vector<double> factor;
  double most = 0.0;
  std::vector<Fit> fits;  ///< per feature, of running statistics; else empty

  Scalar operator()(std::size_t j, double x) const {
    const double z = (x - centre[j]) * factor[j];
    if (!fits.empty()) {
      return static_cast<Scalar>((z < -most ? -most : z > most ? most : z) * fits[j].weight(x, wrong_reach));
    }
    return static_cast<Scalar>(std::abs(z) > most ? 0.0 : z);
  }
};

/// Without running statistics an input beyond this in either direction is no measurement. Up to here sums over a batch
/// and a layer of squares, and of products with g / w, stay in float32.
inline constexpr Scalar largest_input = 1e12F;

/// From the options, or from `statistics`: (x - mean) / deviation; a feature that has not varied is only centred, and
/// none is taken to be more than 10 deviations away: one that was constant for long and then varies is hundreds of
/// its deviations away until they have caught up. A wrong reading, over a hundred away, goes to the mean, as if it were
/// missing.
Affine affine(const NormaliserOptions& options, std::size_t inputs, const Statistics& statistics);

/// Writes the first `inputs` rows of `out` (inputs + 1, m). x: raw features, one sample after the other.
void apply(const Affine& map, Values x, Matrix& out);

}  // namespace altmind
