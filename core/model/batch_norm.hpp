#pragma once
// Batch normalisation of codes (Ioffe and Szegedy 2015), as maps that the rest of a network takes for plain weights.

#include "core/linalg/types.hpp"

namespace altmind {

/// Of a layer with n inputs and o units: codes are gamma (V a - mean) / sqrt(variance + 1e-5) + beta, mean and variance
/// of V a over the batch while it is learned from, running ones in an answer. Either way that is a weight [W, b] of the
/// ordinary kind, which is what forward passes, codes and snapshots see. Part of the state; empty where there is none.
struct BatchNorm {
  Matrix weight;      ///< V (o, n + 1); the column of the bias stays 0, beta is in its place
  Matrix affine;      ///< gamma, beta (o, 2)
  Matrix statistics;  ///< running mean and variance (o, 2)

  bool there() const { return weight.size() > 0; }
};

/// gamma 1, beta 0, mean 0, variance 1, over `weight` without its bias.
BatchNorm fresh_batch_norm(const Matrix& weight);

/// Mean and variance of the rows of codes (o, m): (o, 2), the variance divided by m.
Matrix row_statistics(const Matrix& codes);

/// [W, b] (o, n + 1) under these statistics (o, 2).
Matrix folded(const BatchNorm& norm, const Matrix& statistics);

/// running <- running + share (statistics - running), the variance as one divided by m - 1; m > 1.
void follow_statistics(const Matrix& statistics, Index m, double share, BatchNorm& norm);

/// Gradients of a loss by V and by gamma, beta.
struct BatchNormGradient {
  Matrix weight, affine;
};

/// From `d` (o, m), the gradient by the codes that a (n + 1, m) gives under the `statistics` of raw = V a (o, m). `d`
/// is used up.
void batch_norm_gradient(const BatchNorm& norm, const Matrix& a, const Matrix& raw, const Matrix& statistics, Matrix& d,
                         BatchNormGradient& gradient);

}  // namespace altmind
