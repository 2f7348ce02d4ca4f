#pragma once
// Random Fourier features: cosines of random projections, which let a network follow local concepts of few inputs.

#include <cstddef>

#include <cstdint>
#include <vector>

#include "core/features/normaliser.hpp"
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

/// Samples after which the scale of z is frozen: features that move with it cost more than later samples are worth.
inline constexpr std::uint64_t fourier_samples = 1000;

/// Mean and deviation of the first samples, which give z. Part of the state. Unlike the running statistics of inputs it
/// does not set values apart that are merely far from the others: the first samples may come from one place only.
struct FourierScale {
  std::uint64_t samples = 0;           ///< added so far
  std::vector<std::uint64_t> counted;  ///< values of each column; those missing or wrong are skipped
  DoubleVector mean;
  DoubleVector squares;  ///< sum of squared deviations (Welford 1962)

  std::size_t columns() const { return counted.size(); }
  bool frozen() const { return samples >= fourier_samples; }
};

FourierScale fresh_fourier_scale(std::size_t columns);

/// Adds samples, unless the scale is frozen. `map`: that of the inputs, whose fits tell which values are wrong.
void add(const SampleSpec& spec, const Affine& map, Values x, FourierScale& scale);

/// Returns the map to z, not yet cut off: (x - mean) / deviation, 0 for a constant column.
Affine fourier_map(const FourierScale& scale);

}  // namespace altmind
