#pragma once
// Online alternating minimization: one step per mini-batch (Choromanska and others 2019, Algorithm 2.1).

#include <memory>
#include <vector>

#include "core/learner_options.hpp"
#include "core/samples/sample.hpp"
#include "core/step/for_all.hpp"
#include "core/step/learner_state.hpp"
#include "core/step/step_report.hpp"

namespace altmind {

/// A step is a function of state and batch: no clock, thread, file or log, no randomness after initialisation, so the
/// same batches give bit-identical results (with one BLAS thread and the same BLAS kernel). Owned by one thread.
class Learner {
 public:
  explicit Learner(LearnerOptions options);  ///< starts from a fresh state
  /// Continues from a state (`resumed`). Throws std::invalid_argument, naming both, if shapes do not match.
  Learner(LearnerOptions options, LearnerState state);
  ~Learner();
  Learner(Learner&&) noexcept;

  /// Learns one batch: encodes it, scores it (prequential), computes new codes from the top down, then updates memory
  /// and weights of every hidden layer, and the output layer. If codes are not finite, or so large (1e12) that sums of
  /// their squares could overflow float32, only counters and names change; if the result of the step leaves that range,
  /// the batch is scored and counted, but the weights are restored. After 100 such batches in a row, if the state is
  /// the cause, the memory is reinitialised, then the weights (core/step/renewal.hpp). `phase_ended` is called after
  /// each phase. `for_all` runs work that is independent between layers, and does not affect results.
  StepReport step(const Batch& batch, const PhaseEnded& phase_ended = {}, const ForAll& for_all = one_by_one);

  /// Skips a batch that cannot be learned: only counters and names change, as for a batch that is not finite.
  void skip(const Batch& batch);

  /// Announces a task boundary: protects what was learned so far, as an alarm would. Returns false, and changes
  /// nothing, if there is no consolidated memory, or nothing was added to it since the last consolidation or release.
  /// Thus idempotent.
  bool consolidate();

  const LearnerState& state() const;
  const LearnerOptions& options() const;

  /// Returns diagnostics of the last step that was not undone, hidden layers first; empty before the first.
  const std::vector<LayerReport>& layers() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace altmind
