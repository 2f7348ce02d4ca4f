#pragma once
// The rotating hyperplane.

#include <cstdint>
#include <vector>

#include "adapters/sources/generator/drifting_stream.hpp"

namespace altmind::generator {

/// Rotating hyperplane (Hulten, Spencer, Domingos, "Mining time-changing data streams", KDD 2001, with the
/// drift of Wang, Fan, Yu, Han, "Mining concept-drifting data streams using ensemble classifiers", KDD 2003,
/// as in MOA). d >= 2, 2 classes:
///
///   x_j = u(k, j);   y = 1 if sum_j w_j(k) x_j >= sum_j w_j(k) / 2, else 0
///
/// The first D = ceil(d / 2) weights move, each by t / N per sample, t = 0.5. Every N samples each of them
/// reverses with probability 0.1, and always where it would leave [0, 1], so that the drift never
/// slows down. With f = (k - b N) / N, v = Random(seed, 1), fold the triangle wave
/// of period 2 that is |z| on [-1, 1]:
///
///   w_j(k) = fold(v_j + t (S_j(b) + s_j(b) f))  for j < D,   v_j  otherwise;   v_j = v.uniform(j)
///   s_j(0) = 1 if v.uniform(d + j) < 0.5, else -1;   S_j(b) = s_j(0) + ... + s_j(b - 1)
///   s_j(b) = -s_j(b - 1) if v.uniform(2 d + (b - 1) D + j) < 0.1, else s_j(b - 1)
///
/// O(d) per sample in ascending order; jumping to an arbitrary k costs O(D k / N) once.
class Hyperplane final : public DriftingStream {
 public:
  explicit Hyperplane(const StreamSettings& settings);
  double sample(std::uint64_t k, std::span<float> x) override;

  /// The weights at sample k, for inspection.
  std::vector<double> weights(std::uint64_t k);

 private:
  double go_to(std::uint64_t k);
  void go_to_block(std::uint64_t block);
  double weight(std::size_t j, double into_block) const;

  StreamSettings settings_;
  adapters::Random samples_;
  adapters::Random changes_;
  std::size_t moving_ = 0;          ///< D
  std::uint64_t block_ = 0;         ///< b of the sums below
  std::vector<double> start_;       ///< v_j
  std::vector<std::int64_t> sum_;   ///< S_j(block_)
  std::vector<std::int64_t> sign_;  ///< s_j(block_)
};

}  // namespace altmind::generator
