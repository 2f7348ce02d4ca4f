#pragma once
// Definitions of the generated streams: sample k of a stream depends on (options, k) only.

#include <cstdint>
#include <vector>

#include "adapters/random.hpp"
#include "adapters/source.hpp"
#include "core/samples/sample.hpp"

namespace altmind::generator {

/// Definitions, with u(k, j) = number k * (d + 1) + j of Random(seed, 0), uniform in [0, 1),
/// N = drift_every (0: no drift), d = inputs. Features are rounded to float32 before they are classified,
/// so that a label never contradicts the features it comes with. Two classes, 0 and 1.
///
/// SEA concepts (Street and Kim, "A streaming ensemble algorithm (SEA) for large-scale classification",
/// KDD 2001). d = 3:
///
///   x_j = 10 u(k, j);   y = 1 if x_0 + x_1 <= theta_c, else 0;   c = floor(k / N) mod 4
///   theta = 8, 9, 7, 9.5
///
/// Rotating hyperplane (Hulten, Spencer, Domingos, "Mining time-changing data streams", KDD 2001, with the
/// drift of Wang, Fan, Yu, Han, "Mining concept-drifting data streams using ensemble classifiers", KDD 2003,
/// as in MOA). d >= 2:
///
///   x_j = u(k, j);   y = 1 if sum_j w_j(k) x_j >= sum_j w_j(k) / 2, else 0
///
/// The first D = ceil(d / 2) weights move, each by t / N per sample, t = 0.5. Every N samples each of them reverses its
/// direction with probability 0.1, and always where it would leave [0, 1], so that the speed of the drift never fades.
/// With b = floor(k / N), f = (k - b N) / N, v = Random(seed, 1), fold the triangle wave of period 2 that is |z| on
/// [-1, 1]:
///
///   w_j(k) = fold(v_j + t (S_j(b) + s_j(b) f))  for j < D,   v_j  otherwise;   v_j = v.uniform(j)
///   s_j(0) = 1 if v.uniform(d + j) < 0.5, else -1;   S_j(b) = s_j(0) + ... + s_j(b - 1)
///   s_j(b) = -s_j(b - 1) if v.uniform(2 d + (b - 1) D + j) < 0.1, else s_j(b - 1)
///
/// In both streams the label is then flipped if u(k, d) < noise.
///
/// Not thread-safe. O(d) per sample in order; going to an arbitrary k costs O(D k / N) once.
class GeneratedSamples {
 public:
  /// Throws std::runtime_error naming the key if the model does not fit the stream.
  GeneratedSamples(const adapters::SourceOptions& options, const SampleSpec& spec);

  /// Appends samples first .. first + count - 1.
  void append(std::uint64_t first, std::size_t count, Samples& into);

  /// Hyperplane: the weights at sample k, for inspection.
  std::vector<double> weights(std::uint64_t k);

 private:
  bool sea_label(std::uint64_t k, const float* x) const;
  bool hyperplane_label(std::uint64_t k, const float* x);
  void go_to_block(std::uint64_t block);
  double weight(std::size_t j, double into_block) const;

  adapters::GeneratedStream stream_;
  LabelKind labels_;
  std::size_t inputs_;
  std::uint64_t drift_every_;
  double noise_;
  adapters::Random samples_;
  adapters::Random changes_;
  std::size_t moving_ = 0;          ///< D
  std::uint64_t block_ = 0;         ///< b of the sums below
  std::vector<double> start_;       ///< v_j
  std::vector<std::int64_t> sum_;   ///< S_j(block_)
  std::vector<std::int64_t> sign_;  ///< s_j(block_)
};

}  // namespace altmind::generator
