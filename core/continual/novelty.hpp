#pragma once
// Novelty detection: whether inputs have become unlike recent ones, and whether the error has risen with it.

#include <cstdint>

#include "core/linalg/types.hpp"

namespace altmind {

/// A quadratic form built from the sum of a a^T of a reference set: about 1 on average for inputs of the same
/// distribution, large for inputs with energy in directions where the reference has none.
struct InputProfile {
  Matrix whitening;       ///< L^-1 (n, n), L L^T = Qbar + eps mean(diag Qbar) I
  double expected = 0.0;  ///< tr(Qbar N), N = L^-T L^-1: mean of the form over the reference itself
};

/// Builds the profile from the lower triangle of a sum over `samples` samples. Empty if the sum is not finite.
InputProfile profile_of(const Matrix& sum, double samples);

/// Returns tr(S N) / tr(Qbar N) for the second moment S of the columns of `inputs` (n, k), at most 1e30. `buffer` is
/// overwritten.
double novelty_score(const InputProfile& profile, const Matrix& inputs, Matrix& buffer);

/// Running statistics of the novelty score e and of the error of batches. Part of the state.
struct NoveltyState {
  double pooled = 0.0;              ///< e, over about 50 samples
  double mean = 0.0;                ///< m1: running mean of log `pooled`
  double variance = 0.0;            ///< of log `pooled`
  double recent = 0.0;              ///< m2: the same mean over about 500 samples
  std::uint64_t count = 0;          ///< batches in the mean since the last restart
  std::uint64_t since_profile = 0;  ///< batches in the variance since the profile was recomputed
  double level = 0.0;               ///< running mean of the loss (regression)
  double error = 0.0;               ///< err: share of wrong predictions over about 100 samples
  double fast = 0.0;                ///< running means of the error of batches since the last restart
  double slow = 0.0;
  std::uint64_t batches = 0;  ///< in fast and slow
  std::uint64_t samples = 0;  ///< in fast and slow
};

/// Tests on the error of a batch.
struct ErrorSignal {
  bool risen = false;   ///< above its recent level
  bool jumped = false;  ///< far above its slow mean, after enough batches: concept drift
};

/// Compares the error of a batch of m samples with that of previous batches, then updates the running means.
ErrorSignal observe_error(double error_now, double m, NoveltyState& state);

/// Returns true if inputs have become far more unlike than usual within some hundred samples, and updates the running
/// statistics. A score of such inputs updates only the means, and only if the error has not risen; otherwise it raises
/// an alarm. A gradual rise is drift and counts as usual.
bool observe_novelty(double score, bool risen, double m, NoveltyState& state);

/// Resets the variance after the profile was recomputed from more samples: the novelty score then drops to another
/// level.
void renew_profile(NoveltyState& state);

/// True if the batch's error is so far above the slow mean that the labels of familiar inputs must have changed.
bool mispredicted(double error_now, double m, const NoveltyState& state);

/// Resets everything after an alarm, except the pooled error and the level of the loss.
void restart(NoveltyState& state);

}  // namespace altmind
