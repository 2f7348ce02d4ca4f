#pragma once
// Checks that the BLAS library computes correctly on this processor: every call core makes, against plain loops.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/linalg/blas.hpp"

namespace altmind {

/// y <- op(a) x, as Eigen passes it to BLAS.
void gemv(const ConstView& a, Op op, const Vector& x, Vector& y);

/// The calls to check; by default those that core uses. Tests replace one by a faulty call.
struct BlasCalls {
  decltype(&altmind::gemm) gemm = &altmind::gemm;
  decltype(&altmind::gemv) gemv = &altmind::gemv;
  decltype(&altmind::syrk_lower) syrk_lower = &altmind::syrk_lower;
  decltype(&altmind::solve_right_lower_transposed) solve_right_lower_transposed =
      &altmind::solve_right_lower_transposed;
  decltype(&altmind::solve_right_lower) solve_right_lower = &altmind::solve_right_lower;
  decltype(&altmind::solve_left_lower) solve_left_lower = &altmind::solve_left_lower;
  decltype(&altmind::solve_left_lower_transposed) solve_left_lower_transposed = &altmind::solve_left_lower_transposed;
  decltype(&altmind::cholesky_lower) cholesky_lower = &altmind::cholesky_lower;
  decltype(&altmind::invert_lower) invert_lower = &altmind::invert_lower;
  decltype(&altmind::multiply_lower) multiply_lower = &altmind::multiply_lower;
  decltype(&altmind::multiply_symmetric_lower) multiply_symmetric_lower = &altmind::multiply_symmetric_lower;
  decltype(&altmind::orthonormalise) orthonormalise = &altmind::orthonormalise;
  decltype(&altmind::eigen_symmetric) eigen_symmetric = &altmind::eigen_symmetric;
  decltype(&altmind::largest_eigenvalue) largest_eigenvalue = &altmind::largest_eigenvalue;
};

/// Runs the calls at sizes around the library's block sizes (odd, above 128, 256 and 768, thin) and compares their
/// results, multiplied by a random vector, with plain loops in double. Passes each call to `before` before making it:
/// if the process crashes, that call was the cause. Returns a sentence about the first call with a wrong result,
/// nothing if all are correct.
std::optional<std::string> check_blas(const BlasCalls& calls, const std::function<void(std::string_view call)>& before);

}  // namespace altmind
