#pragma once
// Checks that all numbers in a state are finite.

#include <string>

#include "core/step/learner_state.hpp"

namespace altmind {

/// Bound on the magnitude of inputs, codes and logits to learn from, and of weights: up to here, sums of squares over a
/// batch and a layer, and of products with g / w, stay within float32.
inline constexpr Scalar largest_kept = 1e12F;

/// True if all of `m` is finite and at most `largest_kept` in magnitude.
bool small_enough(const Matrix& m);

/// Returns the checkpoint name of the first part of the state that is not finite; empty if there is none. Reads the
/// whole state.
std::string not_finite(const LearnerState& state);

}  // namespace altmind
