#pragma once
// Online alternating minimization: one mini-batch, one step (Choromanska and others 2019, Algorithm 2.1).

#include <memory>
#include <vector>

#include "core/learner_options.hpp"
#include "core/samples/sample.hpp"
#include "core/step/for_all.hpp"
#include "core/step/learner_state.hpp"
#include "core/step/step_report.hpp"

namespace altmind {

/// A function of state and batch: no clock, thread, file or log, no randomness after initialisation, so
/// the same batches give the same bits (one BLAS thread, one BLAS kernel). Owned by one thread.
class Learner {
 public:
  explicit Learner(LearnerOptions options);  ///< fresh
  /// Goes on from a state (`resumed`). Throws std::invalid_argument, naming both, if shapes disagree with the options.
  Learner(LearnerOptions options, LearnerState state);
  ~Learner();
  Learner(Learner&&) noexcept;

  /// Encode; score (test, then train); new codes from the top down; memory and weights of every hidden layer; output
  /// layer. A batch whose codes are not finite, or so large (1e12) that sums of their squares could leave float32,
  /// changes nothing but the counters; one whose step would leave that range is scored and counted, but the weights
  /// stay. After 100 of them in a row, if it is the state's fault, the memory begins anew, then the weights
  /// (core/step/renewal.hpp). `phase_ended` is called after each phase; `for_all` runs what can be done for all layers
  /// at once, and decides no bit.
  StepReport step(const Batch& batch, const PhaseEnded& phase_ended = {}, const ForAll& for_all = one_by_one);

  /// Passes over a batch that cannot be learned: only the counters and the names it brings change, as for one that is
  /// not finite.
  void skip(const Batch& batch);

  /// Announces that what was learned so far is a task of its own, to be kept: what an alarm does by itself. False, and
  /// nothing changes, where there is no consolidated memory, or nothing in it since the last consolidation or release:
  /// so to announce twice is to announce once.
  bool consolidate();

  const LearnerState& state() const;
  const LearnerOptions& options() const;

  /// Diagnostics of the last step that was kept, hidden layers first; empty before the first.
  const std::vector<LayerReport>& layers() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace altmind
