#pragma once
// Batch normalisation of codes (Ioffe and Szegedy 2015), folded into maps that look like plain weights to the network.

#include "core/linalg/types.hpp"

namespace altmind {

/// Batch normalisation of a layer with n inputs and o units: codes are gamma (V a - mean) / sqrt(variance + 1e-5) +
/// beta, with mean and variance of V a over the batch while learning, running ones in predictions. Either way it folds
/// into an ordinary weight [W, b], which forward passes, codes and snapshots use. Part of the state; empty for other
/// layers.
struct BatchNorm {
  Matrix weight;      ///< V (o, n + 1); the bias column stays 0, beta replaces it
  Matrix affine;      ///< gamma, beta (o, 2)
  Matrix statistics;  ///< running mean and variance (o, 2)

  bool there() const { return weight.size() > 0; }
};

/// Returns gamma 1, beta 0, mean 0 and variance 1, with V = `weight` without its bias.
BatchNorm fresh_batch_norm(const Matrix& weight);

/// Returns (o, 2): mean and variance of the rows of codes (o, m), the variance with divisor m.
Matrix row_statistics(const Matrix& codes);

/// Returns [W, b] (o, n + 1) for the given statistics (o, 2).
Matrix folded(const BatchNorm& norm, const Matrix& statistics);

/// running <- running + share (statistics - running), with the variance rescaled to divisor m - 1; m > 1.
void follow_statistics(const Matrix& statistics, Index m, double share, BatchNorm& norm);

/// Gradients of a loss with respect to V, and to gamma and beta.
struct BatchNormGradient {
  Matrix weight, affine;
};

/// Computes `gradient` from `d` (o, m), the gradient with respect to the codes of a (n + 1, m) under the `statistics`
/// of raw = V a (o, m). Overwrites `d`.
void batch_norm_gradient(const BatchNorm& norm, const Matrix& a, const Matrix& raw, const Matrix& statistics, Matrix& d,
                         BatchNormGradient& gradient);

}  // namespace altmind
