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
#include "core/step/learner_state.hpp"
#include "core/step/step_report.hpp"
#include "core/step/twin_step.hpp"

namespace altmind {

/// A batch with the scores of its predictions.
struct Answered {
  const Samples& samples;
  const std::vector<Fit>& fits;  ///< of the feature columns
  const TargetScale& scale;
  std::vector<Score> scored;   ///< by the served weights
  std::vector<Score> of_twin;  ///< by those that the twin would serve; empty without a twin
};

/// Feeds the consolidated memory, the drift detectors and the holdout samples. Holds buffers, no state.
class Watch {
 public:
  /// Processes a batch that state.samples already includes. `pass`, `twin`: the passes of learner and twin over it; if
  /// protection is released, the twin replaces the learner in `pass` and `state`.
  void observe(const LearnerOptions& options, Answered batch, Pass& pass, TwinStep& twin, LearnerState& state,
               StepReport& report);

  /// Begins a task, announced or detected, with the sample after `before`.
  void begin_task(const LearnerOptions& options, std::uint64_t before, LearnerState& state);

  /// Scores the holdout samples of all concepts.
  void score_kept(const LearnerOptions& options, LearnerState& state);

 private:
  /// Returns the most probable class of each sample by the served weights.
  std::vector<std::uint32_t> label(const LearnerOptions& options, const LearnerState& state, Values x);
  void protect(const LearnerOptions& options, const Answered& batch, std::uint64_t before, Pass& pass, TwinStep& twin,
               LearnerState& state, ConsolidationReport& report);

  AlarmBuffers alarm_;
  Encoding kept_;
};

}  // namespace altmind
