#pragma once
// One arm's step on a mini-batch, phase by phase, with its buffers.

#include "core/step/contribution.hpp"
#include "core/step/fixed_step.hpp"
#include "core/step/for_all.hpp"
#include "core/step/prepared_batch.hpp"
#include "core/step/self_tuned_step.hpp"
#include "core/step/step_report.hpp"
#include "core/step/twin_step.hpp"
#include "core/step/undo.hpp"

namespace altmind {

/// The second half of an arm's step, after its contribution. Between the mixing of predictions no arm reads what
/// another writes, so that they may run on different threads. `state`: read only, except for the arm, which is one of
/// its arms.
class ArmStep {
 public:
  /// Of arm `i`. batch: prepared before every step.
  ArmStep(const PreparedBatch& batch, const LearnerOptions& options, std::size_t i)
      : contribution(batch, i), twin(options.arm(i)), batch_(batch), self_tuned_(options.arm(i)) {}

  /// Reports residuals and dead units of the contribution; the rest of `layers` is reset.
  void report_codes(const Arm& arm);

  /// Updates the memory A of a self-tuned arm.
  void learn_memory(const ForAll& for_all, const LearnerState& state, Arm& arm);
  /// Then its weights.
  void learn_weights(const ForAll& for_all, const LearnerState& state, Arm& arm);
  /// Takes a step of fixed length: memory and weights.
  void learn_fixed(const PhaseEnded& ended, const ForAll& for_all, const LearnerState& state, Arm& arm);
  /// Takes the output layer's step by a gradient, if it learns so. Undoes the arm's step if the result is not finite.
  void finish(const LearnerState& state, Arm& arm);
  /// Updates the averages of the weights, and the twin.
  void follow(const ForAll& for_all, const LearnerState& state, Arm& arm);

  Contribution contribution;
  TwinStep twin;
  LayerReports layers;
  bool undone = false;

 private:
  void follow_batch(const LearnerState& state, Arm& arm);

  const PreparedBatch& batch_;
  FixedStep fixed_;
  SelfTunedStep self_tuned_;
  Undo undo_;
};

}  // namespace altmind
