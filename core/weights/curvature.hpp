#pragma once
// The second moment of a layer's input and the damped solve with it, which makes self-tuned steps second order.

#include <cstdint>
#include <optional>

#include "core/linalg/types.hpp"

namespace altmind {

/// The preconditioner of one layer with n inputs, including the row of ones. Part of the state: factor and basis belong
/// to an A from some steps ago, and a restart must not refresh them early.
///
/// Up to 256 inputs A + lambda I is factored. A wider A is approximated by its k = 64 largest eigenvalues and one value
/// for all others, which the damping dominates: the solve then costs 4 k n_out n instead of 2 n_out n^2, the refresh
/// 2 k n^2 instead of n^3 / 3.
///
/// Beyond 4096 inputs A itself is not stored, only those eigenvalues with their eigenvectors and its trace: memory
/// grows with n instead of n^2.
struct Curvature {
  Matrix a;                 ///< A (n, n): weighted mean of a a^T, lower triangle; empty beyond `most_squared`
  Matrix factor;            ///< C (n, n) lower: C C^T = A + lambda I; empty for a wide A
  Matrix basis;             ///< V (n, k): orthonormal, approximate leading eigenvectors; empty for a narrow A
  Vector values;            ///< s (k): their eigenvalues
  double rest = 0.0;        ///< mean of the other eigenvalues
  double trace = 0.0;       ///< Tr A if A is not stored
  double lambda = 0.0;      ///< damping as of the last refresh
  double step_ratio = 0.0;  ///< r: running mean of ||U a||^2 / ||d||^2, how far an unscaled step moves codes
};

/// Maximum inputs of a layer, including the row of ones, for which A is stored as a matrix.
inline constexpr Index most_squared = 4096;

Curvature fresh_curvature(Index n);

/// Returns n.
inline Index width(const Curvature& curvature) {
  return curvature.a.size() > 0 ? curvature.a.rows() : curvature.basis.rows();
}
/// True if A is stored as a matrix.
inline bool keeps_square(const Curvature& curvature) {
  return curvature.a.size() > 0;
}

/// gram (n, n), lower triangle <- mean a a^T over every `stride`-th column of `inputs` (n, m).
void mean_gram(const Matrix& inputs, Index stride, Matrix& gram);

/// A <- (1-w) A + w gram.
void blend(const Matrix& gram, double w, Curvature& curvature);

/// Does the same if A is not stored: A <- (1-w) V diag(s) V^T + w mean a a^T over every `stride`-th column of `inputs`,
/// truncated to its k largest eigenvalues (incremental principal components; Ross and others 2008). They are computed
/// from a Gram matrix of k + m / stride columns, so those below 1e-6 of the largest are dropped. `joined`: a buffer.
void track(const Matrix& inputs, Index stride, double w, Matrix& joined, Curvature& curvature);

/// How lambda follows from A: share * mean(diag A) or, without a share, rho ||A||_F^2 / Tr A with rho = 0.04. The
/// latter is rho times the eigenvalue mean weighted by the eigenvalues: it follows the large ones, few of which may
/// hold most of Tr A. `multiple` of either.
struct DampingRule {
  std::optional<double> share;
  double multiple = 1.0;
};

/// Returns lambda.
double damping_of(const DampingRule& rule, const Matrix& a);
double damping_of(const DampingRule& rule, const Curvature& curvature);  ///< whether A is stored or not

/// A damping, and whether it had to be raised above the requested one.
struct Damping {
  double lambda = 0.0;
  bool raised = false;
};

/// factor (n, n), lower triangle <- the Cholesky factor of A + lambda I. In float32 A itself is accurate to 2^-23 of
/// its trace: lambda is at least that, and is raised tenfold until the factorisation succeeds. Returns nothing if it
/// never does, because A is not finite.
std::optional<Damping> factorise(const Matrix& a, double lambda, Matrix& factor);

/// Factors A + lambda I, or takes one step of subspace iteration (Halko, Martinsson, Tropp 2011) from the basis of the
/// last refresh. Returns whether lambda was raised, as by `factorise`. On failure the factor or basis of the last
/// refresh is kept.
bool refresh(const DampingRule& rule, Curvature& curvature);

/// d <- d (A + lambda I)^-1 for d (n_out, n). `part` is a buffer.
void solve(const Curvature& curvature, Matrix& part, Matrix& d);

}  // namespace altmind
