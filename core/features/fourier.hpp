#pragma once
// Random Fourier features: cosines of random projections, which let a network follow local concepts of few inputs.

#include <cstddef>

#include "core/features/statistics.hpp"
#include "core/linalg/types.hpp"

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

/// Samples after which the statistics that give z are frozen: features that move with them cost more than the
/// statistics of later samples are worth.
inline constexpr std::uint64_t fourier_samples = 1000;

}  // namespace altmind
