#pragma once
// The memory of a layer: weighted means of a a^T and c a^T (Algorithm 2.3, updateMemory).

#include <cstdint>
#include <optional>

#include "core/linalg/types.hpp"

namespace altmind {

/// a: A (n_in + 1, n_in + 1), symmetric positive semi-definite; only the lower triangle is stored (the upper one stays
/// zero). b: B (n_out, n_in + 1).
struct Memory {
  Matrix a;
  Matrix b;
};

Memory empty_memory(Index inputs, Index outputs);

/// Minimum weight of a batch in a float32 mean: with less, rounding would lose most of the batch, at 2^-25 all of it.
inline constexpr double least_weight = 0x1p-20;

/// Returns the weight of a batch of m samples after n samples in total, this batch included: max(m/n, min(1, m/T)), at
/// least `least_weight`. Without a horizon: m/n, which yields the plain mean (the paper's sum, divided by n).
double batch_weight(std::uint64_t m, std::uint64_t n, std::optional<double> horizon);

/// Adds one batch:
///
///   A <- (1-w) A + w mean_i a_i a_i^T                  over every `stride`-th sample
///   B <- (1-w) B + w mean_i c_i a_i^T + (g/m) sum_i d_i a_i^T
///
/// inputs a (n_in + 1, m); codes c0 (n_out, m); moved d = c_new - c0 (n_out, m). With c~ = c0 + (g/w) d this
/// is updateMemory with the step gain g; g = w is the paper's c~ = c_new. With stride > 1 the c0 term is
/// taken from the same samples as A, so that B - W A contains only the contribution of d.
/// `target` is a buffer of any size.
void accumulate(const Matrix& inputs, const Matrix& codes, const Matrix& moved, double w, double gain, Index stride,
                Matrix& target, Memory& memory);

}  // namespace altmind
