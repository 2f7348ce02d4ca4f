#pragma once
// Everything that decides what comes next: copied, hashed, checkpointed.

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

/// What protection makes another: the same learner as it would be without. No weights while there is none.
struct Twin {
  Network network;
  Tuning tuning;
  std::vector<Vector> norm_vectors;
  Moments output;

  bool there() const { return !network.weights.empty(); }
};

struct LearnerState {
  std::uint64_t step = 0;       ///< batches taken, skipped ones included
  std::uint64_t samples = 0;    ///< samples learned
  std::uint64_t sequence = 0;   ///< journal number of the last sample taken
  std::uint64_t skipped = 0;    ///< batches skipped because something was not finite
  std::uint64_t undone = 0;     ///< batches whose step was undone because its result was not finite
  std::uint64_t unlearned = 0;  ///< batches in a row, up to the last one, that were skipped or undone
  std::uint64_t renewals = 0;   ///< times that something was made anew because of that
  Statistics statistics;
  Statistics targets;                              ///< of regression targets that are standardised, else empty
  LabelTable labels;                               ///< named labels; empty for index labels
  std::shared_ptr<const Vocabularies> categories;  ///< one per column of the schema; shared with snapshots
  Network network;                                 ///< under batch normalisation the weights of answers
  std::vector<BatchNorm> norms;       ///< one per hidden layer where any has batch normalisation, else empty
  std::vector<Moments> norm_moments;  ///< of their gamma and beta (am-adam)
  std::vector<Memory> memories;       ///< one per hidden layer (am-mem with a fixed gain), else empty
  std::vector<Moments> moments;       ///< one per hidden layer (am-adam), else empty
  Moments output;                     ///< of the output layer's rule
  Tuning tuning;                      ///< of am-mem with automatic gain
  Consolidation consolidation;        ///< of the same, where it is on
  Twin twin;                          ///< while what was noticed by itself is protected
  std::vector<Vector> norm_vectors;   ///< of the weights above each hidden layer but the top (of the top one too with
                                      ///< code_rate automatic): warm starts
  Prequential prequential;
  Drift drift;
  std::uint64_t memory_since = 0;  ///< samples learned when the memories last forgot: their age counts from there
  HoldoutReservoirs holdout;
};

/// The learner as it is.
Twin twin_of(const LearnerState& state);

/// The state before the first sample.
LearnerState fresh_state(const LearnerOptions& options);

/// `state` as learning goes on from it under `options`: the weights stay, and a changed rule begins with fresh memories
/// or moments. Throws std::invalid_argument, naming both, if shapes disagree.
LearnerState resumed(const LearnerOptions& options, LearnerState state);

/// Classes that have come so far and may be predicted; 0 under regression.
Index known_classes(const LearnerOptions& options, const LearnerState& state);

/// The weights that predictions are made with.
const Network& served(const LearnerOptions& options, const LearnerState& state);

}  // namespace altmind
