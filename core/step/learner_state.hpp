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
#include "core/features/fourier.hpp"
#include "core/features/statistics.hpp"
#include "core/samples/label_table.hpp"
#include "core/samples/vocabulary.hpp"
#include "core/step/arm.hpp"

namespace altmind {

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
  Statistics fourier;           ///< of the first numbers of each column, if an arm reads Fourier features, else empty
  std::vector<Arm> arms;        ///< at least one
  Consolidation consolidation;  ///< what it decides holds for all arms
  double loss_count = 0.0;      ///< decaying count of the samples in the arms' `loss_sum`
  Prequential prequential;
  Drift drift;
  HoldoutReservoirs holdout;

  /// True if the learner has a consolidated memory.
  bool protects() const { return !arms[0].protections.empty(); }
  /// True if something is consolidated.
  bool protecting() const { return altmind::protecting(arms[0].protections); }
  /// True if every arm has a twin, which they get and lose together.
  bool paired() const { return arms[0].twin.there(); }
};

/// Returns the state before the first sample.
LearnerState fresh_state(const LearnerOptions& options);

/// Returns `state` adapted for further learning under `options`: weights are kept, and a changed rule starts with fresh
/// memories or moments. If the number of arms or their inputs differ, the first arm is kept and the others are new.
/// Throws std::invalid_argument, naming both, if shapes disagree.
LearnerState resumed(const LearnerOptions& options, LearnerState state);

/// Returns the number of classes seen so far, which may be predicted; 0 for regression.
Index known_classes(const LearnerOptions& options, const LearnerState& state);

}  // namespace altmind
