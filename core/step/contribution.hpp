#pragma once
// What a mini-batch contributes to a step before anything is learned from it.

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

/// Forward pass, test and new codes of a batch, by a state that none of them changes: the first half of a step. The
/// learner folds it into the state in the second half. Its members hold the batch in hand; every step overwrites them
/// before reading.
class Contribution {
 public:
  explicit Contribution(const LearnerOptions& options) : in_force(options), configured_(options.learning) {}

  /// Normalises the samples. The first batch is normalised with its own statistics, every other one with those from
  /// before it.
  void prepare(const LearnerState& state, const Samples& samples);
  void encode(const LearnerState& state);
  /// Scores the weights that are served, and the twin if there is one. Test, then train.
  void test(const LearnerState& state, const Samples& samples, TwinStep& twin);
  /// New codes, of a pass with masked units or by the statistics of the batch where the network has such layers.
  void update_codes(const LearnerState& state, const Samples& samples);
  /// The twin's pass where protection begins with this batch.
  void look(const LearnerState& state, TwinStep& twin);

  /// Whether all numbers are finite and small enough to sum their squares in float32.
  bool learnable() const;
  bool paired() const { return !of_twin.empty(); }
  double samples_in_hand() const { return static_cast<double>(pass.encoding.logits.cols()); }

  LearnerOptions in_force;  ///< the options with the schedules' values for this batch
  Pass pass;
  Affine map;         ///< features to inputs
  TargetScale scale;  ///< of a regression
  Targets targets;
  std::vector<Score> scored;             ///< of the weights that are served, in the user's units
  std::vector<Score> of_twin;            ///< the same of the twin; empty where there was none before the batch
  std::vector<Vector> norm_vectors;      ///< of the power iterations, as they are after this batch
  std::vector<Matrix> batch_statistics;  ///< of batch normalisation

 private:
  void set_targets(const LearnerState& state, const Samples& samples);
  bool reads_new_activations() const;
  std::vector<Score> score(const Samples& samples, const Matrix& logits) const;

  LearningOptions configured_;  ///< without schedules
  std::vector<float> learned_;  ///< targets as the network learns them
  std::vector<Matrix> masks_;   ///< of dropout
  Network of_batch_;            ///< under batch normalisation: the network by the statistics of the batch
  Matrix raw_codes_;
  ServedScoring scoring_;
};

}  // namespace altmind
