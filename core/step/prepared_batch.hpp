#pragma once
// What the arms share of a mini-batch before it is learned.

#include <vector>

#include "core/features/target_scale.hpp"
#include "core/learner_options.hpp"
#include "core/model/loss.hpp"
#include "core/samples/sample.hpp"
#include "core/step/input_map.hpp"
#include "core/step/learner_state.hpp"

namespace altmind {

/// Options and maps in force for a batch. Members hold the current batch.
class PreparedBatch {
 public:
  explicit PreparedBatch(const LearnerOptions& options) : in_force(options), configured_(options.learning) {}

  /// Normalises the samples: the first batch by its own statistics, every later one by those from before it.
  void prepare(const LearnerState& state, const Samples& samples);

  /// Returns the scores of logits (outputs, m), for regression in the user's units.
  std::vector<Score> score(const Samples& samples, const Matrix& logits) const;

  LearnerOptions in_force;    ///< the options, with scheduled values for this batch
  InputMaps maps;             ///< features to inputs
  TargetScale scale;          ///< for regression
  Index classes = 0;          ///< known ones
  bool scale_changed = true;  ///< that of the Fourier features, since the last batch

 private:
  LearningOptions configured_;  ///< without schedules
};

}  // namespace altmind
