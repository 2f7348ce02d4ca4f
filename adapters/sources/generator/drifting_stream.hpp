#pragma once
// The built-in streams. Sample k of a stream depends only on the settings and on k.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "adapters/random.hpp"

namespace altmind::generator {

struct StreamSettings {
  std::uint64_t seed = 1;
  std::uint64_t drift_every = 20'000;  ///< N below; 0: no drift
  double noise = 0.0;                  ///< used by regressions and `led`; label noise of the others is added afterwards
  std::size_t inputs = 0;              ///< d
};

/// Not thread-safe. Samples may be requested in any order; ascending order is cheapest.
class DriftingStream {
 public:
  virtual ~DriftingStream() = default;

  /// Writes the d features of sample k into x and returns its class, or the target of a regression. Features are
  /// rounded to float32 before they are classified, so that a label never contradicts its features.
  virtual double sample(std::uint64_t k, std::span<float> x) = 0;
};

/// Returns the number of the concept that sample k belongs to.
inline std::uint64_t block_of(const StreamSettings& settings, std::uint64_t k) {
  return settings.drift_every == 0 ? 0 : k / settings.drift_every;
}

/// Returns number n of a stream of deviates that are normal to about 0.01: the sum of twelve uniform numbers, minus 6
/// (Irwin 1927, Hall 1927). Uses only additions, so that it is bit-identical on every machine.
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
/// or 1 at random. d = 24, 10 classes. Every N samples four segments are swapped with irrelevant columns. With noise
/// 0.1 the best possible accuracy is 0.74.
std::unique_ptr<DriftingStream> led(const StreamSettings& settings);

/// Loan applications (Agrawal, Imielinski, Swami, "Database mining: a performance perspective", IEEE TKDE 5, 1993).
/// d = 9: salary, commission, age, level of education, make of car, zip code, value of the house, years it has been
/// owned, loan, in their units. 2 classes; class 0 is the paper's group A according to its function b mod 10 + 1.
std::unique_ptr<DriftingStream> agrawal(const StreamSettings& settings);

/// Random radial basis functions, as in MOA's RandomRBFGeneratorDrift (Bifet and others, "MOA: massive online
/// analysis", JMLR 11, 2010): 50 centroids in [0, 1]^d, each with one of 5 classes, a weight and a standard
/// deviation, all uniform in [0, 1). A sample lies in a uniform direction from a centroid drawn by weight, at a
/// distance of a normal deviate times its deviation. Each centroid moves along its own line by 2 / N per sample and is
/// reflected at 0 and 1; N = 2,000 gives MOA's speed of 0.001. d >= 1.
std::unique_ptr<DriftingStream> random_rbf(const StreamSettings& settings);

/// Interchanging RBF (Losing, Hammer, Wersing, "KNN classifier with self adjusting memory for heterogeneous concept
/// drift", ICDM 2016, where N = 3,000): 15 Gaussians in the plane, one per class, each with its own covariance. Every N
/// samples some of them swap places: 2, then 3, up to all 15, then 2 again. d = 2, 15 classes.
std::unique_ptr<DriftingStream> interchanging_rbf(const StreamSettings& settings);

/// Moving squares (likewise, N = 2,840): four squares of side 0.05, one per class, side by side with gaps of 0.03, move
/// to the right for N samples, until the first touches 1, and back again. Samples come from the four in turn. At the
/// published speed of 0.00025 per sample, a sample is outdated after 120 samples at the earliest. d = 2, 4 classes.
std::unique_ptr<DriftingStream> moving_squares(const StreamSettings& settings);

/// Transient chessboard (likewise, N = 2,000): a board of 8 x 8 fields on [0, 1]^2, the class of a field is (column + 2
/// row) mod 8. Of every N samples, the first half comes from four randomly drawn fields, one after the other, the
/// second half from the whole board: virtual drift, in which no label ever changes. d = 2, 8 classes.
std::unique_ptr<DriftingStream> chessboard(const StreamSettings& settings);

/// Mixed drift (likewise, N = 3,000): samples in turn from interchanging RBF, moving squares and transient chessboard,
/// at 0, 1 and 2 on the first axis, each drifting at its published speed. d = 2, 27 classes.
std::unique_ptr<DriftingStream> mixed_drift(const StreamSettings& settings);

/// Friedman's function ("Multivariate adaptive regression splines", Annals of Statistics 19, 1991) with the recurring
/// abrupt drift of Ikonomovska, Gama and Dzeroski ("Learning model trees from evolving data streams", DMKD 23, 2011):
/// every N samples its five variables are replaced by the other five of the ten, in reverse order, and vice versa.
/// d = 10, regression:
///
///   x_j = u(k, j);   y = 10 sin(pi x_0 x_1) + 20 (x_2 - 1/2)^2 + 10 x_3 + 5 x_4 + 20 noise e,   e standard normal
///
/// With noise = 0.05 the error has the published standard deviation of 1.
std::unique_ptr<DriftingStream> friedman(const StreamSettings& settings);

/// Two planes (Breiman and others 1984, "2dplanes"): x_0 is -1 or 1, x_1 .. x_9 are -1, 0 or 1; the target is
///
///   3 + 3 x_1 + 2 x_2 + x_3 for x_0 = 1,   -3 + 3 x_4 + 2 x_5 + x_6 for x_0 = -1,   + 20 noise e
///
/// and every N samples the two planes are swapped. d = 10, regression.
std::unique_ptr<DriftingStream> planes(const StreamSettings& settings);

}  // namespace altmind::generator
