#pragma once
// LearnerState to and from a checkpoint image, and its hash. Layout: docs/journal.md, "Checkpoints".

#include <string>

#include "adapters/store/checkpoint/checkpoints.hpp"
#include "core/step/learner_state.hpp"

namespace altmind::store {

/// metadata "format" of a checkpoint; another one is refused, as it may mean something else.
inline constexpr const char* checkpoint_format = "altmind-checkpoint-3";
/// Read too: it knows of nothing that judges protection, its statistics of features and targets counted every value,
/// and its state_sha256 is of something else.
inline constexpr const char* former_checkpoint_format = "altmind-checkpoint-2";

/// All tensors of the state, and its scalars, label table and hash as metadata.
CheckpointImage encode_state(const LearnerState& state);

/// The state in `image`. `options` say what to expect; throws CheckpointError naming the tensor or member that is
/// missing or has another shape.
LearnerState decode_state(const CheckpointImage& image, const LearnerOptions& options);

/// SHA-256 over the tensors sorted by name (name, dtype, shape, little-endian bytes), then the scalars and the
/// label table in the order of docs/journal.md. Configuration, sequence, positions and times are not in it.
std::string state_sha256(const LearnerState& state);

}  // namespace altmind::store
