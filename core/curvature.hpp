#pragma once
// The second moment of a layer's input and the damped solve by it: what makes a self-tuned step second order.

#include <cstdint>
#include <optional>

#include "core/types.hpp"

namespace altmind {

/// Of one layer with n inputs, the row of ones included. Part of the state: factor and basis are of an A from some
/// steps ago, and a restart must not refresh them early.
///
/// Up to 256 inputs A + lambda I is factored. A wider A is taken as its k = 64 largest eigenvalues and one level for
/// all the others, which the damping dwarfs: the solve then costs 4 k n_out n in place of 2 n_out n^2, the refresh
/// 2 k n^2 in place of n^3 / 3.
struct Curvature {
  Matrix a;                 ///< A (n, n): weighted mean of a a^T, lower triangle
  Matrix factor;            ///< C (n, n) lower: C C^T = A + lambda I; empty for a wide A
  Matrix basis;             ///< V (n, k): orthonormal, about the leading eigenvectors; empty for a narrow A
  Vector values;            ///< s (k): their eigenvalues
  double rest = 0.0;        ///< mean of the other eigenvalues
  double lambda = 0.0;      ///< damping as of the last refresh
  double step_ratio = 0.0;  ///< r: recent ||U a||^2 / ||d||^2, how far an unscaled step moves codes
};

Curvature fresh_curvature(Index n);

/// gram (n, n), lower triangle <- mean a a^T over every `stride`-th column of `inputs` (n, m).
void mean_gram(const Matrix& inputs, Index stride, Matrix& gram);

/// A <- (1-w) A + w gram.
void blend(const Matrix& gram, double w, Curvature& curvature);

/// lambda: damping * mean(diag A), or without a number rho ||A||_F^2 / Tr A with rho = 0.04. The latter is the mean
/// eigenvalue weighted by itself: it follows the large ones, of which a few may hold most of the trace.
double damping_of(std::optional<double> damping, const Matrix& a);

/// Factors A + lambda I, or takes one step of subspace iteration (Halko, Martinsson, Tropp 2011) from the basis of the
/// last refresh.
void refresh(std::optional<double> damping, Curvature& curvature);

/// d <- d (A + lambda I)^-1 for d (n_out, n). `part` is a buffer.
void solve(const Curvature& curvature, Matrix& part, Matrix& d);

}  // namespace altmind
