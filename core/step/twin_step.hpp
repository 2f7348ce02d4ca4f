#pragma once
// The same learner without protection, which goes along while something noticed is protected.

#include <array>
#include <vector>

#include "core/codes/codes.hpp"
#include "core/step/fixed_step.hpp"
#include "core/step/learner_state.hpp"
#include "core/step/self_tuned_step.hpp"
#include "core/step/served_scoring.hpp"

namespace altmind {

/// What a model makes of a batch before it learns it. Buffers, kept between steps. With dropout the encoding is made
/// twice: to be tested with all units, then to be learned from without the masked ones.
struct Pass {
  Encoding encoding;
  CodeUpdate update;
  std::array<double, 3> losses{};  ///< of the sets it may serve
};

/// Steps of LearnerState::twin, on the batches that the learner itself learns.
class TwinStep {
 public:
  /// Forward pass and new codes on inputs (n_0 + 1, m). Returns its logits (outputs, m) as it would have answered,
  /// valid until the next call. `masks` of dropout are for what is learned, not for what is answered. `targets`: as the
  /// network learns them; activate_all: as for `update_codes`.
  const Matrix& look(const LearnerOptions& options, const Matrix& inputs, const std::vector<Matrix>& masks,
                     const Targets& targets, bool activate_all, const Twin& twin);

  /// Whether everything was finite in what it has looked at; a twin whose numbers are not is of no use.
  bool sound() const;

  /// Learns the batch that it has looked at, without protection. state.samples counts the batch already.
  void learn(const LearnerOptions& options, const Targets& targets, const ForAll& for_all, LearnerState& state);

  /// Makes the twin the learner between `look` and `learn`: `pass` becomes what the twin has made of the batch.
  void adopt(LearnerState& state, Pass& pass);

 private:
  Pass pass_;
  std::vector<Vector> norm_vectors_;
  ServedScoring scoring_;
  SelfTunedStep self_tuned_;
  FixedStep fixed_;
  StepReport report_;  // nobody reads it
};

}  // namespace altmind
