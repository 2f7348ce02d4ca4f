#pragma once
// The complete state of the learner, which determines all further learning: copied, hashed and checkpointed.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/continual/consolidation.hpp"
#include "core/evaluate/drift.hpp"
#include "core/evaluate/holdout.hpp"
#include "core/evaluate/prequential.hpp"
#include "core/features/statistics.hpp"
#include "core/model/batch_norm.hpp"
#include "core/model/network.hpp"
#include "core/samples/label_table.hpp"
#include "core/samples/vocabulary.hpp"
#include "core/step/tuning.hpp"
#include "core/weights/gradient_rule.hpp"
#include "core/weights/memory.hpp"

namespace altmind {

/// The parts of the state that protection changes, as they would be without it. No weights if there is no twin.
struct Twin {
  Network network;
  Tuning tuning;
  std::vector<Vector> norm_vectors;
  Moments output;

  bool there() const { return !network.weights.empty(); }
};

struct LearnerState {
  std::uint64_t step = 0;       ///< batches processed, including skipped ones
  std::uint64_t samples = 0;    ///< samples learned
  std::uint64_t sequence = 0;   ///< journal number of the last sample processed
  std::uint64_t skipped = 0;    ///< batches skipped because a value was not finite
  std::uint64_t undone = 0;     ///< batches whose step was undone because its result was not finite
  std::uint64_t unlearned = 0;  ///< consecutive batches, up to the last one, that were skipped or undone
  std::uint64_t renewals = 0;   ///< times that parts of the state were reinitialised because of that
  Statistics statistics;
  Statistics targets;                              ///< of regression targets if they are standardised, else empty
  LabelTable labels;                               ///< named labels; empty for index labels
  std::shared_ptr<const Vocabularies> categories;  ///< one per column of the schema; shared with snapshots
  Network network;                                 ///< with batch normalisation, the folded weights for predictions
  std::vector<BatchNorm> norms;                    ///< one per hidden layer if any has batch normalisation, else empty
  std::vector<Moments> norm_moments;               ///< Adam moments of their gamma and beta (am-adam)
  std::vector<Memory> memories;                    ///< one per hidden layer (am-mem with a fixed gain), else empty
  std::vector<Moments> moments;                    ///< one per hidden layer (am-adam), else empty
  Moments output;                                  ///< moments of the output layer's rule
  Tuning tuning;                                   ///< for am-mem with automatic gain
  Consolidation consolidation;                     ///< likewise, if consolidation is enabled
  Twin twin;                                       ///< while a task is protected that was detected, not announced
  std::vector<Vector> norm_vectors;  ///< warm starts of the power iteration for the weights above each hidden layer
                                     ///< but the top (with code_rate automatic, the top too)
  Prequential prequential;
  Drift drift;
  std::uint64_t memory_since = 0;  ///< samples learned when the memories last forgot: start of their age
  HoldoutReservoirs holdout;
};

/// Returns a copy of the learner's own parts as a twin.
Twin twin_of(const LearnerState& state);

/// Returns the state before the first sample.
LearnerState fresh_state(const LearnerOptions& options);

/// Returns `state` adapted for further learning under `options`: weights are kept, and a changed rule starts with fresh
/// memories or moments. Throws std::invalid_argument, naming both, if shapes disagree.
LearnerState resumed(const LearnerOptions& options, LearnerState state);

/// Returns the number of classes seen so far, which may be predicted; 0 for regression.
Index known_classes(const LearnerOptions& options, const LearnerState& state);

/// Returns the weights used for predictions.
const Network& served(const LearnerOptions& options, const LearnerState& state);

}  // namespace altmind
