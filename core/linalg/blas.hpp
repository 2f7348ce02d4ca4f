#pragma once
// The few BLAS calls whose scaling of the result Eigen cannot express without another pass over memory.

#include <cassert>
#include <string>

#include "core/linalg/types.hpp"

namespace altmind {

enum class Op { none, transpose };

/// c <- alpha op(a) op(b) + beta c. With beta 0, c may hold anything. Empty products scale c by beta.
void gemm(Scalar alpha, const ConstView& a, Op op_a, const ConstView& b, Op op_b, Scalar beta, View c);

/// Lower triangle of c <- alpha x x^T + beta c, taking every `stride`-th column of x. The upper triangle is
/// neither read nor written.
void syrk_lower(Scalar alpha, const ConstView& x, Index stride, Scalar beta, View c);

/// Solves b <- b (l^T)^-1 for the lower triangle l of a square matrix with non-zero diagonal.
void solve_right_lower_transposed(const ConstView& l, View b);

/// Solves b <- b l^-1 for the lower triangle l of a square matrix with non-zero diagonal.
void solve_right_lower(const ConstView& l, View b);

/// Lower triangle of a positive definite matrix <- its Cholesky factor. Returns whether it was positive definite and
/// finite; the triangle holds nothing of use if not.
[[nodiscard]] bool cholesky_lower(View a);

/// Lower triangle <- its inverse. Returns whether there is one: no zero on the diagonal.
[[nodiscard]] bool invert_lower(View l);

/// b <- l b for the lower triangle l.
void multiply_lower(const ConstView& l, View b);

/// a <- l^-1 a l^-T for the lower triangle l; of a symmetric a, full. And the basis e <- l^-T e.
void solve_left_lower(const ConstView& l, View b);
void solve_left_lower_transposed(const ConstView& l, View b);

/// c <- a b for the lower triangle of a symmetric a.
void multiply_symmetric_lower(const ConstView& a, const ConstView& b, View c);

/// q (n, k), k <= n, <- Q of its factorisation q = Q R by Householder reflections. Returns R (k, k).
[[nodiscard]] Matrix orthonormalise(Matrix& q);

/// a <- the eigenvectors of the symmetric matrix whose lower triangle it holds, by column; values <- the eigenvalues,
/// ascending. Returns whether that was possible: the iteration converges for a finite matrix, of up to 32,766 rows.
/// Both hold nothing of use if not.
[[nodiscard]] bool eigen_symmetric(Matrix& a, Vector& values);

/// The largest eigenvalue, >= 0, of the positive semi-definite matrix whose lower triangle a holds; a is lost. In
/// double. NaN if a is not finite.
[[nodiscard]] double largest_eigenvalue(Eigen::MatrixXd& a);

/// Makes BLAS use the calling thread only. Call before the first product: replay is bit-exact only then.
void use_one_blas_thread();

/// The kernel family BLAS picked on this processor; results may differ in the last bits between kernels.
std::string blas_kernel();

}  // namespace altmind
