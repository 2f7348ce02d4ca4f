#pragma once
// Random Fourier features: cosines of random projections, which let a network follow local concepts of few inputs.

#include <cstddef>
#include <cstdint>

#include "core/features/normaliser.hpp"
#include "core/features/statistics.hpp"
#include "core/linalg/types.hpp"
#include "core/samples/sample.hpp"

namespace altmind {

/// `count` features phi_j = sqrt(2) cos(omega_j^T z + beta_j) of z (Rahimi and Recht 2007), with
/// omega_j ~ N(0, I) 2^(2 (2 j / (count - 1) - 1)) / sqrt(inputs / 2) and beta_j ~ U(0, 2 pi): a spread of bandwidths
/// from 1/4 to 4, as no single one serves all streams. The draws depend on count and inputs only. Immutable.
class FourierFeatures {
 public:
  FourierFeatures(std::size_t count, std::size_t inputs);

  std::size_t count() const { return static_cast<std::size_t>(directions_.rows()); }
  /// features (count, m) <- phi(z). z (inputs, m).
  void apply(const ConstView& z, View features) const;

 private:
  Matrix directions_;  ///< omega (count, inputs)
  Vector offsets_;     ///< beta (count)
};

/// Numbers of a column after which the scale of z is frozen, if they vary: features that move with it cost more than
/// later numbers are worth.
inline constexpr std::uint64_t fourier_numbers = 1000;

/// Adds samples to the statistics that give z, except to frozen columns. Begins a frozen column anew if its scale in
/// `running`, the statistics of inputs (empty: unknown), has changed by a factor of 20, or its mean by 20 deviations:
/// it comes in another unit. Returns whether anything changed.
bool add_to_scale(const SampleSpec& spec, Values x, const Statistics& running, Statistics& scale);

/// Returns the map to z: (x - mean) / deviation, cut off at +-10; 0 for a constant column.
Affine fourier_map(const SampleSpec& spec, const Statistics& scale);

}  // namespace altmind
