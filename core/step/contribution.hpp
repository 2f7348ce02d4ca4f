#pragma once
// The first half of a step: everything computed from a mini-batch before it is learned.

#include <vector>

#include "core/codes/codes.hpp"
#include "core/features/feature_map.hpp"
#include "core/features/target_scale.hpp"
#include "core/learner_options.hpp"
#include "core/model/loss.hpp"
#include "core/model/network.hpp"
#include "core/samples/sample.hpp"
#include "core/step/learner_state.hpp"
#include "core/step/served_scoring.hpp"
#include "core/step/twin_step.hpp"

namespace altmind {

/// Forward pass, scores and new codes of a batch. Reads the state without changing it; the learner updates the state
/// from it in the second half of the step. Members hold the current batch; every step overwrites them before reading.
class Contribution {
 public:
  explicit Contribution(const LearnerOptions& options) : in_force(options), configured_(options.learning) {}

  /// Normalises the samples: the first batch by its own statistics, every later one by those from before it.
  void prepare(const LearnerState& state, const Samples& samples);
  void encode(const LearnerState& state);
  /// Scores the served weights, and the twin if there is one (prequential test).
  void test(const LearnerState& state, const Samples& samples, TwinStep& twin);
  /// Computes new codes, after another forward pass with dropout masks or batch statistics if the network uses them.
  void update_codes(const LearnerState& state, const Samples& samples);
  /// Computes the twin's pass if protection begins with this batch.
  void look(const LearnerState& state, TwinStep& twin);

  /// True if all numbers are finite and small enough to sum their squares in float32.
  bool learnable() const;
  bool paired() const { return !of_twin.empty(); }
  double samples_in_hand() const { return static_cast<double>(pass.encoding.logits.cols()); }

  LearnerOptions in_force;  ///< the options, with scheduled values for this batch
  Pass pass;
  Affine map;         ///< features to inputs
  TargetScale scale;  ///< for regression
  Targets targets;
  std::vector<Score> scored;             ///< by the served weights, in the user's units
  std::vector<Score> of_twin;            ///< by the twin; empty if there was none before the batch
  std::vector<Vector> norm_vectors;      ///< of the power iterations, after this batch
  std::vector<Matrix> batch_statistics;  ///< of batch normalisation

 private:
  void set_targets(const LearnerState& state, const Samples& samples);
  bool reads_new_activations() const;
  std::vector<Score> score(const Samples& samples, const Matrix& logits) const;

  LearningOptions configured_;  ///< without schedules
  std::vector<float> learned_;  ///< targets scaled for the network
  std::vector<Matrix> masks_;   ///< of dropout
  Network of_batch_;            ///< with batch normalisation: the network folded with the batch's statistics
  Matrix raw_codes_;
  ServedScoring scoring_;
};

}  // namespace altmind
