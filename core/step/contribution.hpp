#pragma once
// The first half of an arm's step: everything computed from a mini-batch before it is learned.

#include <vector>

#include "core/codes/codes.hpp"
#include "core/learner_options.hpp"
#include "core/model/loss.hpp"
#include "core/model/network.hpp"
#include "core/samples/sample.hpp"
#include "core/step/learner_state.hpp"
#include "core/step/prepared_batch.hpp"
#include "core/step/served_scoring.hpp"
#include "core/step/twin_step.hpp"

namespace altmind {

/// Forward pass, scores and new codes of a batch by one arm. Reads the state without changing it; the learner updates
/// the state from it in the second half of the step. Members hold the current batch; every step overwrites them before
/// reading.
class Contribution {
 public:
  /// Of arm `i`. batch: prepared before every use.
  Contribution(const PreparedBatch& batch, std::size_t i) : batch_(batch), arm_(i) {}

  /// Writes the network's inputs, those of the samples from `first` if that is another arm's contribution.
  void prepare(const LearnerState& state, const Samples& samples, const Contribution& first);
  void encode(const LearnerState& state);
  /// Scores the served weights, and the twin if there is one (prequential test).
  void test(const LearnerState& state, const Samples& samples, TwinStep& twin);
  /// Computes new codes, after another forward pass with dropout masks or batch statistics if the network uses them.
  void update_codes(const LearnerState& state, const Samples& samples);
  /// Computes the twin's pass if protection begins with this batch.
  void look(const LearnerState& state, TwinStep& twin);

  /// True if all numbers are finite and small enough to sum their squares in float32.
  bool learnable() const;
  double samples_in_hand() const { return static_cast<double>(pass.encoding.logits.cols()); }

  Pass pass;
  Targets targets;
  const Matrix* answered = nullptr;      ///< logits (outputs, m) by the served weights
  const Matrix* of_twin = nullptr;       ///< logits by the twin; nullptr if there was none before the batch
  std::vector<Score> scored;             ///< of `answered`, in the user's units
  std::vector<Vector> norm_vectors;      ///< of the power iterations, after this batch
  std::vector<Matrix> batch_statistics;  ///< of batch normalisation

 private:
  void set_targets(const LearnerState& state, const Samples& samples);
  bool reads_new_activations() const;

  const PreparedBatch& batch_;
  std::size_t arm_;
  std::vector<float> learned_;  ///< targets scaled for the network
  std::vector<Matrix> masks_;   ///< of dropout
  Network of_batch_;            ///< with batch normalisation: the network folded with the batch's statistics
  Matrix raw_codes_, z_;
  ServedScoring scoring_;
};

}  // namespace altmind
