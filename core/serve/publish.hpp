#pragma once
// Builds the snapshot of a learner from which predictions are made.

#include <memory>
#include <vector>

#include "core/learner_options.hpp"
#include "core/serve/snapshot.hpp"
#include "core/step/learner.hpp"
#include "core/step/learner_state.hpp"

namespace altmind {

/// Returns a snapshot of `state` for predictions. layers: diagnostics of the last step, for the status page.
std::shared_ptr<const Snapshot> snapshot_of(const LearnerOptions& options, const LearnerState& state,
                                            const std::vector<LayerReport>& layers = {});

inline std::shared_ptr<const Snapshot> snapshot_of(const Learner& learner) {
  return snapshot_of(learner.options(), learner.state(), learner.layers());
}

}  // namespace altmind
