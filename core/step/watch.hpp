#pragma once
// Monitors the stream: checks every batch before it is learned.

#include <cstdint>
#include <vector>

#include "core/continual/alarm.hpp"
#include "core/evaluate/prequential.hpp"
#include "core/features/fit.hpp"
#include "core/features/target_scale.hpp"
#include "core/learner_options.hpp"
#include "core/samples/sample.hpp"
#include "core/step/answer.hpp"
#include "core/step/arm_step.hpp"
#include "core/step/learner_state.hpp"
#include "core/step/step_report.hpp"

namespace altmind {

/// A batch with the scores of its predictions.
struct Answered {
  const Samples& samples;
  const std::vector<Fit>& fits;  ///< of the feature columns
  const TargetScale& scale;
  std::vector<Score> scored;   ///< of the mixture of the arms
  std::vector<Score> of_twin;  ///< of that of their twins; empty without twins
};

/// Feeds the consolidated memory, the drift detectors and the holdout samples. Holds buffers, no state.
class Watch {
 public:
  /// Processes a batch that state.samples already includes. arms: their passes over it; if protection is released, the
  /// twin replaces the arm there and in `state`.
  void observe(const LearnerOptions& options, Answered batch, std::vector<ArmStep>& arms, LearnerState& state,
               StepReport& report);

  /// Begins a task, announced or detected, with the sample after `before`.
  void begin_task(const LearnerOptions& options, std::uint64_t before, LearnerState& state);

  /// Scores the holdout samples of all concepts.
  void score_kept(const LearnerOptions& options, LearnerState& state);

 private:
  /// Returns the most probable class of each sample.
  std::vector<std::uint32_t> label(const LearnerOptions& options, const LearnerState& state, Values x);
  void protect(const LearnerOptions& options, const Answered& batch, std::uint64_t before, std::vector<ArmStep>& arms,
               LearnerState& state, ConsolidationReport& report);

  AlarmBuffers alarm_;
  AnswerBuffers kept_;
};

}  // namespace altmind
