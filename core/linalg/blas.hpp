#pragma once
// BLAS and LAPACK calls that Eigen cannot express without another pass over memory, or runs slower.

#include <cassert>
#include <string>

#include "core/linalg/types.hpp"

namespace altmind {

enum class Op { none, transpose };

/// c <- alpha op(a) op(b) + beta c. With beta 0, c may be uninitialised. Empty products scale c by beta.
void gemm(Scalar alpha, const ConstView& a, Op op_a, const ConstView& b, Op op_b, Scalar beta, View c);

/// Lower triangle of c <- alpha x x^T + beta c, taking every `stride`-th column of x. The upper triangle is
/// neither read nor written.
void syrk_lower(Scalar alpha, const ConstView& x, Index stride, Scalar beta, View c);

/// Solves b <- b (l^T)^-1 for the lower triangle l of a square matrix with non-zero diagonal.
void solve_right_lower_transposed(const ConstView& l, View b);

/// Solves b <- b l^-1 for the lower triangle l of a square matrix with non-zero diagonal.
void solve_right_lower(const ConstView& l, View b);

/// Lower triangle of a positive definite matrix <- its Cholesky factor. Returns whether the matrix was positive
/// definite and finite; if not, the content of the triangle is unspecified.
[[nodiscard]] bool cholesky_lower(View a);

/// Lower triangle <- its inverse. Returns false if it is singular: a zero on the diagonal.
[[nodiscard]] bool invert_lower(View l);

/// b <- l b for the lower triangle l.
void multiply_lower(const ConstView& l, View b);

/// b <- l^-1 b, and b <- l^-T b, for the lower triangle l.
void solve_left_lower(const ConstView& l, View b);
void solve_left_lower_transposed(const ConstView& l, View b);

/// c <- a b for the lower triangle of a symmetric a.
void multiply_symmetric_lower(const ConstView& a, const ConstView& b, View c);

/// q (n, k), k <= n, <- Q of its factorisation q = Q R by Householder reflections. Returns R (k, k).
[[nodiscard]] Matrix orthonormalise(Matrix& q);

/// a <- the eigenvectors, one per column, of the symmetric matrix whose lower triangle it holds; values <- the
/// eigenvalues, ascending. Returns whether it succeeded: the iteration converges for a finite matrix of up to 32,766
/// rows. On failure the contents of both are unspecified.
[[nodiscard]] bool eigen_symmetric(Matrix& a, Vector& values);

/// Returns the largest eigenvalue, >= 0, of the positive semi-definite matrix whose lower triangle a holds, in double.
/// Overwrites a. NaN if a is not finite.
[[nodiscard]] double largest_eigenvalue(Eigen::MatrixXd& a);

/// Makes BLAS use only the calling thread. Must be called before the first product, or replay is not bit-exact.
void use_one_blas_thread();

/// Returns the kernel family that BLAS runs on this processor. Results may differ in the last bits between kernels.
std::string blas_kernel();

}  // namespace altmind
