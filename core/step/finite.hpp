#pragma once
// Whether everything in a state is a finite number.

#include <string>

#include "core/step/learner_state.hpp"

namespace altmind {

/// Up to this, sums over a batch and a layer of squares, and of products with g / w, stay in float32: no input, code,
/// logit or weight is learned from, or kept, beyond it.
inline constexpr Scalar largest_kept = 1e12F;

/// Whether all of `m` is finite and at most `largest_kept` in magnitude.
bool small_enough(const Matrix& m);

/// The first part of the state that is not finite, by its name in a checkpoint; empty if there is none. Reads all of
/// it.
std::string not_finite(const LearnerState& state);

}  // namespace altmind
