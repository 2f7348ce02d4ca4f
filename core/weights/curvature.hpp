#pragma once
// The second moment of a layer's input and the damped solve by it: what makes a self-tuned step second order.

#include <cstdint>
#include <optional>

#include "core/linalg/types.hpp"

namespace altmind {

/// Of one layer with n inputs, the row of ones included. Part of the state: factor and basis are of an A from some
/// steps ago, and a restart must not refresh them early.
///
/// Up to 256 inputs A + lambda I is factored. A wider A is taken as its k = 64 largest eigenvalues and one level for
/// all the others, which the damping dwarfs: the solve then costs 4 k n_out n in place of 2 n_out n^2, the refresh
/// 2 k n^2 in place of n^3 / 3.
///
/// Beyond 4096 inputs A itself is not kept, only those eigenvalues with their eigenvectors and its trace: what is kept
/// grows with n, not with its square.
struct Curvature {
  Matrix a;                 ///< A (n, n): weighted mean of a a^T, lower triangle; empty beyond `most_squared`
  Matrix factor;            ///< C (n, n) lower: C C^T = A + lambda I; empty for a wide A
  Matrix basis;             ///< V (n, k): orthonormal, about the leading eigenvectors; empty for a narrow A
  Vector values;            ///< s (k): their eigenvalues
  double rest = 0.0;        ///< mean of the other eigenvalues
  double trace = 0.0;       ///< Tr A where A is not kept
  double lambda = 0.0;      ///< damping as of the last refresh
  double step_ratio = 0.0;  ///< r: recent ||U a||^2 / ||d||^2, how far an unscaled step moves codes
};

/// Inputs of a layer, the row of ones included, of which A is kept as a matrix at most.
inline constexpr Index most_squared = 4096;

Curvature fresh_curvature(Index n);

/// n, and whether A is kept.
inline Index width(const Curvature& curvature) {
  return curvature.a.size() > 0 ? curvature.a.rows() : curvature.basis.rows();
}
inline bool keeps_square(const Curvature& curvature) {
  return curvature.a.size() > 0;
}

/// gram (n, n), lower triangle <- mean a a^T over every `stride`-th column of `inputs` (n, m).
void mean_gram(const Matrix& inputs, Index stride, Matrix& gram);

/// A <- (1-w) A + w gram.
void blend(const Matrix& gram, double w, Curvature& curvature);

/// The same where A is not kept: A <- (1-w) V diag(s) V^T + w mean a a^T over every `stride`-th column of `inputs`, of
/// which the k largest eigenvalues stay (incremental principal components; Ross and others 2008). Their directions are
/// those of a Gram matrix of k + m / stride columns, so those below 1e-6 of the largest are let go. `joined`: a buffer.
void track(const Matrix& inputs, Index stride, double w, Matrix& joined, Curvature& curvature);

/// lambda: damping * mean(diag A), or without a number rho ||A||_F^2 / Tr A with rho = 0.04. The latter is the mean
/// eigenvalue weighted by itself: it follows the large ones, of which a few may hold most of the trace.
double damping_of(std::optional<double> damping, const Matrix& a);
double damping_of(std::optional<double> damping, const Curvature& curvature);  ///< of an A that is kept or is not

/// A damping and whether it is more than was asked for.
struct Damping {
  double lambda = 0.0;
  bool raised = false;
};

/// factor (n, n), lower triangle <- the Cholesky factor of A + lambda I. In float32 A itself is known to 2^-23 of its
/// trace: lambda is at least that, and is raised tenfold until the factor exists. Nothing if it never does: A is not
/// finite.
std::optional<Damping> factorise(const Matrix& a, double lambda, Matrix& factor);

/// Factors A + lambda I, or takes one step of subspace iteration (Halko, Martinsson, Tropp 2011) from the basis of the
/// last refresh. Returns whether lambda was raised, as `factorise` does. Where there is no factor or no basis to be
/// had, those of the last refresh stay.
bool refresh(std::optional<double> damping, Curvature& curvature);

/// d <- d (A + lambda I)^-1 for d (n_out, n). `part` is a buffer.
void solve(const Curvature& curvature, Matrix& part, Matrix& d);

}  // namespace altmind
