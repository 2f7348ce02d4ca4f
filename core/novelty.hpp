#pragma once
// Whether inputs have become unlike those seen lately, and whether the error says that this matters.

#include <cstdint>

#include "core/types.hpp"

namespace altmind {

/// Inputs of one reference set, from the sum of their a a^T: the quadratic form that is about 1 on average for inputs
/// of the same distribution and large for those with energy where the reference has none.
struct InputProfile {
  Matrix whitening;       ///< L^-1 (n, n), L L^T = Qbar + eps mean(diag Qbar) I
  double expected = 0.0;  ///< tr(Qbar N), N = L^-T L^-1: mean of the form over the reference itself
};

/// From the lower triangle of a sum over `samples` samples.
InputProfile profile_of(const Matrix& sum, double samples);

/// tr(S N) / tr(Qbar N) for the second moment S of the columns of `inputs` (n, k). `buffer` may hold anything.
double unlikeness(const InputProfile& profile, const Matrix& inputs, Matrix& buffer);

/// Running statistics of the unlikeness e and of the error of batches. Part of the state.
struct NoveltyState {
  double pooled = 0.0;      ///< e, over about 50 samples
  double mean = 0.0;        ///< m1: running mean of log `pooled`
  double variance = 0.0;    ///< of log `pooled`
  std::uint64_t count = 0;  ///< batches in mean and variance since the last restart
  double level = 0.0;       ///< running mean of the loss (regression)
  double error = 0.0;       ///< err: share of wrong predictions over about 100 samples
  double fast = 0.0;        ///< running means of the error of batches since the last restart
  double slow = 0.0;
  std::uint64_t batches = 0;  ///< in fast and slow
  std::uint64_t samples = 0;  ///< in fast and slow
};

/// What one batch of m samples says.
struct NoveltySignal {
  bool unlike = false;  ///< e is far above its mean
  bool risen = false;   ///< the error is above its recent level
  bool jumped = false;  ///< the error has jumped far, judged after enough batches: drift of the concept
};

/// Compares a batch with what came before it, then takes it in (of an `unlike` batch only the mean of e, and that only
/// where the error has not risen: it would raise an alarm). `unlike_now` below 0: the reference is still empty.
NoveltySignal observe(double unlike_now, double error_now, double m, NoveltyState& state);

/// Whether the batch's error is so far above the slow mean that familiar inputs must have changed their meaning.
bool mispredicted(double error_now, double m, const NoveltyState& state);

/// After an alarm: everything starts over but the pooled error and the level of the loss.
void restart(NoveltyState& state);

}  // namespace altmind
