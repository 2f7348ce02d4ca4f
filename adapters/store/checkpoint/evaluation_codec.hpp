#pragma once
// Encodes and decodes the parts of a state that evaluate the learner: prequential sums, drift detectors, holdout
// samples. Names and layout: docs/journal.md, "Checkpoints".

#include <functional>

#include "adapters/store/checkpoint/state_tensors.hpp"
#include "core/step/learner_state.hpp"

namespace altmind::store {

void put_evaluation(const LearnerState& state, Tensors& tensors);
void put_evaluation(const LearnerState& state, Scalars& scalars);

/// Reads these parts into `state`. `scalar` returns a scalar by name. Throws CheckpointError naming what is missing or
/// invalid.
void take_evaluation(const ImageReader& reader, const std::function<std::uint64_t(const std::string&)>& scalar,
                     const LearnerOptions& options, LearnerState& state);

}  // namespace altmind::store
