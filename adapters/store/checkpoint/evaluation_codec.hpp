#pragma once
// The parts of a state that judge the learner, to and from a checkpoint image: prequential sums, drift detectors,
// samples kept for scoring. Names and layout: docs/journal.md, "Checkpoints".

#include <functional>

#include "adapters/store/checkpoint/state_tensors.hpp"
#include "core/step/learner_state.hpp"

namespace altmind::store {

void put_evaluation(const LearnerState& state, Tensors& tensors);
void put_evaluation(const LearnerState& state, Scalars& scalars);

/// Reads them into `state`. `scalar` gives one by name. Throws CheckpointError naming what is missing or cannot be.
void take_evaluation(const ImageReader& reader, const std::function<std::uint64_t(const std::string&)>& scalar,
                     const LearnerOptions& options, LearnerState& state);

}  // namespace altmind::store
