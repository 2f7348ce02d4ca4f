#pragma once
// What watches the stream: on every batch, before anything is learned from it.

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

/// A batch as it was answered.
struct Answered {
  const Samples& samples;
  const std::vector<Fit>& fits;  ///< of the features' columns
  const TargetScale& scale;
  std::vector<Score> scored;   ///< of the weights that are served
  std::vector<Score> of_twin;  ///< of those that the twin would serve; empty where there is none
};

/// The consolidated memory, the drift detectors and the samples kept for scoring. Buffers, no state.
class Watch {
 public:
  /// Shows them a batch that is counted in state.samples already. `pass`, `twin`: what learner and twin have made of
  /// it; when protection is let go, the twin takes the learner's place in both.
  void observe(const LearnerOptions& options, Answered batch, Pass& pass, TwinStep& twin, LearnerState& state,
               StepReport& report);

  /// A task begins, announced or noticed, with the sample after `before`.
  void begin_task(const LearnerOptions& options, std::uint64_t before, LearnerState& state);

  /// Scores the samples that are kept of all concepts.
  void score_kept(const LearnerOptions& options, LearnerState& state);

 private:
  /// The most probable class of each of some samples by the weights that are served.
  std::vector<std::uint32_t> label(const LearnerOptions& options, const LearnerState& state, Values x);
  void protect(const LearnerOptions& options, const Answered& batch, std::uint64_t before, Pass& pass, TwinStep& twin,
               LearnerState& state, ConsolidationReport& report);

  AlarmBuffers alarm_;
  Encoding kept_;
};

}  // namespace altmind
