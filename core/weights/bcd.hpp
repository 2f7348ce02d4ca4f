#pragma once
// Damped block coordinate descent on a weight given its memory: W = argmin Tr(W A W^T) - 2 Tr(W B^T).

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
  Index block = 64;                     ///< columns per matrix product; affects results only by rounding
  std::size_t parts = 1;                ///< a sweep covers the blocks whose index is `part` modulo `parts`
  std::size_t part = 0;
};

/// Buffers of a sweep, reused across steps.
struct BcdWorkspace {
  Matrix before, residual, diagonal;
  Matrix a, b, w;  ///< the active columns, gathered
};

struct BcdReport {
  double lambda = 0.0;
  double change = 0.0;  ///< ||W_new - W||_F
};

/// Performs `sweeps` sweeps of
///
///   w_j <- soft(w_j + (b_j - W a_j - lambda (w_j - w_j^before)) / (A_jj + lambda), lambda_w)
///
/// over the columns in order: each minimises f(W) = Tr(W A W^T) - 2 Tr(W B^T) + lambda ||W - W_before||_F^2 in
/// its column. A block of columns takes one product for its residual and one triangular solve, which computes
/// the same as column-by-column descent at the speed of a matrix product. weight (n_out, n_in + 1);
/// memory.a: lower triangle. Columns with A_jj ~ 0 (inputs never active) stay unchanged and, if there are
/// many, are left out of the computation. Mairal and others 2009, Algorithm 2, with a proximal term in place of
/// the unit ball.
BcdReport bcd_update(const Memory& memory, const BcdOptions& options, BcdWorkspace& workspace, Matrix& weight);

}  // namespace altmind
