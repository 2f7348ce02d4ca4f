#pragma once
// Block coordinate descent on a weight given its memory: W = argmin Tr(W A W^T) - 2 Tr(W B^T), damped.

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/linalg/types.hpp"
#include "core/weights/memory.hpp"

namespace altmind {

struct BcdOptions {
  std::optional<double> damping = 0.0;  ///< lambda = damping * mean(diag A); nothing = from the spectrum of A
  std::size_t sweeps = 1;               ///< passes over the columns
  double weight_l1 = 0.0;               ///< lambda_w: soft threshold after each column
  Index block = 64;       ///< columns of one matrix product; any value gives the same numbers up to rounding
  std::size_t parts = 1;  ///< a sweep covers the blocks whose number is `part` modulo `parts`
  std::size_t part = 0;
};

/// Buffers of a sweep; kept between steps.
struct BcdWorkspace {
  Matrix before, residual, diagonal;
  Matrix a, b, w;  ///< the active columns, gathered
};

struct BcdReport {
  double lambda = 0.0;
  double change = 0.0;  ///< ||W_new - W||_F
};

/// `sweeps` sweeps of
///
///   w_j <- soft(w_j + (b_j - W a_j - lambda (w_j - w_j^before)) / (A_jj + lambda), lambda_w)
///
/// over the columns in order: each minimises f(W) = Tr(W A W^T) - 2 Tr(W B^T) + lambda ||W - W_before||_F^2 in
/// its column. A block of columns is one product for its residual and one triangular solve, which gives
/// the numbers of column-by-column descent at the speed of a matrix product. weight (n_out, n_in + 1);
/// memory.a: lower triangle. Columns with A_jj ~ 0 (inputs never active) stay as they are and, where they
/// are many, are not computed with. Mairal and others 2009, Algorithm 2, with a proximal term in place of
/// the unit ball.
BcdReport bcd_update(const Memory& memory, const BcdOptions& options, BcdWorkspace& workspace, Matrix& weight);

}  // namespace altmind
