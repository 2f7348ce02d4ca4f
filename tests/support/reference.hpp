#pragma once
// A second implementation of the algorithm's formulas: double, naive, one column or sample at a time, sharing
// no code with core. Slow on purpose. Letters as in docs/algorithm.md.

#include <cstdint>
#include <functional>
#include <vector>

#include "core/learner_options.hpp"
#include "core/linalg/random.hpp"
#include "core/linalg/types.hpp"

namespace altmind::test {

using Real = Eigen::MatrixXd;

/// Rounding error of float32 over some hundred terms of order one, relative to the largest entry.
inline constexpr double single_precision = 2e-5;

Matrix random_matrix(Index rows, Index cols, Random& random, double scale = 1.0);

Real real(const Matrix& m);

/// Returns the largest difference relative to the largest entry of `expected`. NaN counts as infinite.
double apart(const Matrix& actual, const Real& expected);

/// Returns ||actual - expected|| / ||expected||.
double distance(const Matrix& actual, const Real& expected);

/// Returns the full symmetric matrix whose lower triangle is in `lower`.
Real symmetric(const Matrix& lower);

/// Dense algebra of Eigen, instantiated in one place because it takes long to compile.
Real inverse(const Real& a);
Real solve(const Real& a, const Real& b);    ///< A^-1 B
Eigen::VectorXd eigenvalues(const Real& a);  ///< of a symmetric matrix, ascending

Real sigma(Activation activation, Real c);

Real slope(Activation activation, Real c);

/// Returns W [a; 1], by three loops.
Real linear(const Real& w, const Real& a);

/// Returns W^T r without the bias column.
Real back(const Real& w, const Real& r);

Real with_ones(const Real& a);

struct Forward {
  std::vector<Real> a;  ///< a^0 .. a^L without the row of ones
  std::vector<Real> c;  ///< c^1 .. c^L
  Real z;
};

Forward forward(Activation activation, const std::vector<Real>& w, const Real& x);

/// Desired outputs of a batch: labels below `classes`, or targets (regression).
struct Wanted {
  std::vector<std::uint32_t> label;
  Index classes = 0;
  Real target;  ///< (outputs, m); used if not empty
};

/// Returns the sum over the batch of -log softmax(z)_y over the first `classes` rows, or of 1/2 ||z - y||^2.
double loss(const Wanted& wanted, const Real& z);

Real loss_gradient(const Wanted& wanted, const Real& z);

/// Returns ||W||_2^2 without the bias column, by power iteration to convergence.
double norm_squared(const Real& w);

double soft(double v, double threshold);

/// Runs K iterations of v <- momentum v + g(c); c <- c - rate (g + momentum v); soft threshold.
Real nesterov(const std::function<Real(const Real&)>& gradient, const Real& c0, double rate,
              const LearningOptions& options);

/// Returns all new codes, with exact norms.
std::vector<Real> update_codes(Activation activation, const std::vector<Real>& w, const Forward& f,
                               const Wanted& wanted, const LearningOptions& options);

/// Sweeps column by column, only over columns for which `moves` is true.
Real bcd(
    const Real& a, const Real& b, Real w, double lambda, std::size_t sweeps, double l1,
    const std::function<bool(Index)>& moves = [](Index) { return true; });

}  // namespace altmind::test
