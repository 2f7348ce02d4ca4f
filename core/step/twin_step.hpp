#pragma once
// The twin: the same arm without protection, trained alongside while a detected task is protected.

#include <array>
#include <optional>
#include <vector>

#include "core/codes/codes.hpp"
#include "core/step/fixed_step.hpp"
#include "core/step/learner_state.hpp"
#include "core/step/self_tuned_step.hpp"
#include "core/step/served_scoring.hpp"

namespace altmind {

/// Forward pass and new codes of a batch before it is learned. Buffers, reused across steps. With dropout there are two
/// forward passes: one with all units for scoring, then one with the masks for learning.
struct Pass {
  Encoding encoding;
  CodeUpdate update;
  std::array<double, 3> losses{};  ///< of the three sets that may be served
};

/// Trains Arm::twin on the same batches as the arm.
class TwinStep {
 public:
  /// settings: of the arm.
  explicit TwinStep(const std::optional<ArmOptions>& settings) : self_tuned_(settings) {}

  /// Computes the forward pass and new codes for inputs (n_0 + 1, m). Returns the logits (outputs, m) that the twin
  /// would have predicted, valid until the next call. Dropout `masks` apply to learning, not to prediction. `targets`:
  /// scaled for the network; activate_all: as for `update_codes`.
  const Matrix& look(const LearnerOptions& options, const Matrix& inputs, const std::vector<Matrix>& masks,
                     const Targets& targets, bool activate_all, const Twin& twin);

  /// True if all results of `look` are finite; otherwise the twin is unusable.
  bool sound() const;

  /// Learns the batch last passed to `look`, without protection. state: the arm's, whose samples already include the
  /// batch.
  void learn(const LearnerOptions& options, const Targets& targets, const ForAll& for_all, const LearnerState& state,
             Arm& arm);

  /// Replaces the arm by the twin, between `look` and `learn`; `pass` becomes the twin's pass over the batch.
  void adopt(Arm& arm, Pass& pass);

 private:
  Pass pass_;
  std::vector<Vector> norm_vectors_;
  ServedScoring scoring_;
  SelfTunedStep self_tuned_;
  FixedStep fixed_;
  LayerReports layers_;  // discarded
};

}  // namespace altmind
