#pragma once
// Whether inputs have become unlike those seen lately, and whether the error says that this matters.

#include <cstdint>

#include "core/linalg/types.hpp"

namespace altmind {

/// Inputs of one reference set, from the sum of their a a^T: the quadratic form that is about 1 on average for inputs
/// of the same distribution and large for those with energy where the reference has none.
struct InputProfile {
  Matrix whitening;       ///< L^-1 (n, n), L L^T = Qbar + eps mean(diag Qbar) I
  double expected = 0.0;  ///< tr(Qbar N), N = L^-T L^-1: mean of the form over the reference itself
};

/// From the lower triangle of a sum over `samples` samples. Empty if the sum is not finite.
InputProfile profile_of(const Matrix& sum, double samples);

/// tr(S N) / tr(Qbar N) for the second moment S of the columns of `inputs` (n, k), at most 1e30. `buffer` may hold
/// anything.
double novelty_score(const InputProfile& profile, const Matrix& inputs, Matrix& buffer);

/// Running statistics of the novelty score e and of the error of batches. Part of the state.
struct NoveltyState {
  double pooled = 0.0;              ///< e, over about 50 samples
  double mean = 0.0;                ///< m1: running mean of log `pooled`
  double variance = 0.0;            ///< of log `pooled`
  double recent = 0.0;              ///< m2: the same mean over about 500 samples
  std::uint64_t count = 0;          ///< batches in the mean since the last restart
  std::uint64_t since_profile = 0;  ///< batches in the variance since the profile was made anew
  double level = 0.0;               ///< running mean of the loss (regression)
  double error = 0.0;               ///< err: share of wrong predictions over about 100 samples
  double fast = 0.0;                ///< running means of the error of batches since the last restart
  double slow = 0.0;
  std::uint64_t batches = 0;  ///< in fast and slow
  std::uint64_t samples = 0;  ///< in fast and slow
};

/// What the error of one batch says.
struct ErrorSignal {
  bool risen = false;   ///< it is above its recent level
  bool jumped = false;  ///< it has jumped far, judged after enough batches: drift of the concept
};

/// Compares the error of a batch of m samples with that of the batches before it, then takes it in.
ErrorSignal observe_error(double error_now, double m, NoveltyState& state);

/// Whether inputs have, within some hundred samples, become far more unlike than usual; then takes the novelty score
/// in. Of inputs that have, it moves the means alone, and those only where the error has not risen: otherwise they
/// raise an alarm. What rose little by little is drift, and usual.
bool observe_novelty(double score, bool risen, double m, NoveltyState& state);

/// The profile was made anew from more samples: the novelty score falls to another level, which is no variance.
void renew_profile(NoveltyState& state);

/// Whether the batch's error is so far above the slow mean that familiar inputs must have changed their meaning.
bool mispredicted(double error_now, double m, const NoveltyState& state);

/// After an alarm: everything starts over but the pooled error and the level of the loss.
void restart(NoveltyState& state);

}  // namespace altmind
