#pragma once
// What a built-in stream is: sample k from its settings and k, nothing else.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "adapters/random.hpp"

namespace altmind::generator {

struct StreamSettings {
  std::uint64_t seed = 1;
  std::uint64_t drift_every = 20'000;  ///< N below; 0: no drift
  double noise = 0.0;                  ///< read by `led` and `friedman`; elsewhere labels are made wrong afterwards
  std::size_t inputs = 0;              ///< d
};

/// Not thread-safe. Samples may be asked for in any order; in order they cost least.
class DriftingStream {
 public:
  virtual ~DriftingStream() = default;

  /// Writes the d features of sample k into x and returns its class, or the target of a regression. Features are
  /// rounded to float32 before they are classified, so that a label never contradicts the features it comes with.
  virtual double sample(std::uint64_t k, std::span<float> x) = 0;
};

/// Number of the concept that sample k belongs to.
inline std::uint64_t block_of(const StreamSettings& settings, std::uint64_t k) {
  return settings.drift_every == 0 ? 0 : k / settings.drift_every;
}

/// Number n of the stream as a deviate that is normal to about 0.01: the sum of twelve uniform numbers, minus 6
/// (Irwin 1927, Hall 1927). Additions only, so that it is the same to the last bit on every machine.
double normal_at(const adapters::Random& random, std::uint64_t n);

// In all definitions u(k, j) is number k (d + 1) + j of Random(seed, 0), uniform in [0, 1); block b = floor(k / N).

/// SEA concepts (Street and Kim, "A streaming ensemble algorithm (SEA) for large-scale classification", KDD 2001).
/// d = 3, 2 classes:
///
///   x_j = 10 u(k, j);   y = 1 if x_0 + x_1 <= theta_c, else 0;   c = b mod 4;   theta = 8, 9, 7, 9.5
std::unique_ptr<DriftingStream> sea(const StreamSettings& settings);

/// STAGGER concepts (Schlimmer and Granger, "Incremental learning from noisy data", Machine Learning 1, 1986): size
/// small, medium, large; colour red, green, blue; shape square, circle, triangle, each as three columns of 0 and 1.
/// d = 9, 2 classes. y = 1 where, for b mod 3 = 0, 1, 2:
///
///   small and red;   green or circle;   medium or large
std::unique_ptr<DriftingStream> stagger(const StreamSettings& settings);

/// LED display (Breiman and others, "Classification and regression trees", 1984, with the drift of MOA's
/// LEDGeneratorDrift): the seven segments of a digit, each inverted with probability `noise`, and 17 columns that are 0
/// or 1 by chance. d = 24, 10 classes. Every N samples four segments change places with columns that tell nothing. With
/// noise 0.1 the best possible accuracy is 0.74.
std::unique_ptr<DriftingStream> led(const StreamSettings& settings);

/// Loan applications (Agrawal, Imielinski, Swami, "Database mining: a performance perspective", IEEE TKDE 5, 1993).
/// d = 9: salary, commission, age, level of education, make of car, zip code, value of the house, years it has been
/// owned, loan, in their units. 2 classes, 0 is the paper's group A, by its function b mod 10 + 1.
std::unique_ptr<DriftingStream> agrawal(const StreamSettings& settings);

/// Random radial basis functions, as in MOA's RandomRBFGeneratorDrift (Bifet and others, "MOA: massive online
/// analysis", JMLR 11, 2010): 50 centroids in [0, 1]^d, each with a class of 5, a weight and a deviation, all uniform
/// in [0, 1). A sample lies in a uniform direction from a centroid drawn by weight, at a distance of a normal deviate
/// times its deviation. Each centroid moves along a line of its own by 2 / N a sample and is reflected at 0 and 1: for
/// N = 2,000 MOA's speed of 0.001. d >= 1.
std::unique_ptr<DriftingStream> random_rbf(const StreamSettings& settings);

/// Interchanging RBF (Losing, Hammer, Wersing, "KNN classifier with self adjusting memory for heterogeneous concept
/// drift", ICDM 2016, where N = 3,000): 15 Gaussians in the plane, one a class, with covariances of their own. Every N
/// samples some of them change places with each other: 2, then 3, up to all 15, then 2 again. d = 2, 15 classes.
std::unique_ptr<DriftingStream> interchanging_rbf(const StreamSettings& settings);

/// Moving squares (likewise, N = 2,840): four squares of side 0.05, one a class, side by side with gaps of 0.03, move
/// to the right until the first touches 1, for N samples, and back again. Samples come from the four in turns. At the
/// published speed of 0.00025 a sample, a sample is wrong at the earliest 120 samples later. d = 2, 4 classes.
std::unique_ptr<DriftingStream> moving_squares(const StreamSettings& settings);

/// Transient chessboard (likewise, N = 2,000): a board of 8 x 8 fields on [0, 1]^2, the class of a field (column + 2
/// row) mod 8. Of every N samples the first half shows four fields drawn by chance, one after the other, the second
/// half the whole board: virtual drift, in which no label ever changes. d = 2, 8 classes.
std::unique_ptr<DriftingStream> chessboard(const StreamSettings& settings);

/// Mixed drift (likewise, N = 3,000): interchanging RBF, moving squares and transient chessboard beside each other, at
/// 0, 1 and 2 on the first axis, in turns, each drifting at the speed that was published for it. d = 2, 27 classes.
std::unique_ptr<DriftingStream> mixed_drift(const StreamSettings& settings);

/// Friedman's function ("Multivariate adaptive regression splines", Annals of Statistics 19, 1991) with the recurring
/// abrupt drift of Ikonomovska, Gama and Dzeroski ("Learning model trees from evolving data streams", DMKD 23, 2011):
/// every N samples its five variables become the other five of the ten, in reverse order, and then these again. d = 10,
/// regression:
///
///   x_j = u(k, j);   y = 10 sin(pi x_0 x_1) + 20 (x_2 - 1/2)^2 + 10 x_3 + 5 x_4 + 20 noise e,   e standard normal
///
/// With noise = 0.05 the error has the published deviation of 1.
std::unique_ptr<DriftingStream> friedman(const StreamSettings& settings);

/// Two planes (Breiman and others 1984, "2dplanes"): x_0 is -1 or 1, x_1 .. x_9 are -1, 0 or 1; the target is
///
///   3 + 3 x_1 + 2 x_2 + x_3 for x_0 = 1,   -3 + 3 x_4 + 2 x_5 + x_6 for x_0 = -1,   + 20 noise e
///
/// and every N samples the two change places. d = 10, regression.
std::unique_ptr<DriftingStream> planes(const StreamSettings& settings);

}  // namespace altmind::generator
