#pragma once
// Dropout: every step zeroes a random set of units (Srivastava and others 2014), so that units do not co-adapt.

#include <cstdint>
#include <vector>

#include "core/linalg/types.hpp"
#include "core/model/layer.hpp"

namespace altmind {

/// Returns the factors for the activations (outputs, m) of each hidden layer in the step numbered `step`: 0 with the
/// layer's probability, else 1 / (1 - probability), so that predictions need no mask. Empty for layers without dropout
/// and for the output layer. Depends only on the arguments, so that a replay draws the same masks.
std::vector<Matrix> dropout_masks(const std::vector<Layer>& layers, std::uint64_t seed, std::uint64_t step, Index m);

/// True if any layer has dropout.
bool drops_out(const std::vector<Layer>& layers);

}  // namespace altmind
