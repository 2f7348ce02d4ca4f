#pragma once
// Converts LearnerState to and from a checkpoint image, and hashes it. Layout: docs/journal.md, "Checkpoints".

#include <string>

#include "adapters/store/checkpoint/checkpoints.hpp"
#include "core/step/learner_state.hpp"

namespace altmind::store {

/// Metadata "format" of a checkpoint; unknown formats are rejected, as their contents may have another meaning.
inline constexpr const char* checkpoint_format = "altmind-checkpoint-3";
/// Older format that can still be read: it has no data for evaluating protection, its statistics of features and
/// targets included every value, and its state_sha256 covers different contents.
inline constexpr const char* former_checkpoint_format = "altmind-checkpoint-2";

/// Returns all tensors of the state, with its scalars, label table and hash as metadata.
CheckpointImage encode_state(const LearnerState& state);

/// Returns the state in `image`. `options` determine the expected shapes. Throws CheckpointError naming the tensor or
/// member that is missing or has another shape.
LearnerState decode_state(const CheckpointImage& image, const LearnerOptions& options);

/// Returns the SHA-256 over the tensors sorted by name (name, dtype, shape, little-endian bytes), then the scalars and
/// the label table in the order of docs/journal.md. Configuration, sequence, positions and times are not covered.
std::string state_sha256(const LearnerState& state);

}  // namespace altmind::store
