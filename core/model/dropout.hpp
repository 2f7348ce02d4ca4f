#pragma once
// Dropout: in every step other units are silenced (Srivastava and others 2014), so that none relies on a single other.

#include <cstdint>
#include <vector>

#include "core/linalg/types.hpp"
#include "core/model/layer.hpp"

namespace altmind {

/// What the activations (outputs, m) of each hidden layer are multiplied by in the step numbered `step`: 0 with the
/// layer's probability, else 1 / (1 - probability), so that predictions need no mask. Empty for layers without dropout
/// and for the output layer. Decided by the arguments alone: a replay draws the same.
std::vector<Matrix> dropout_masks(const std::vector<Layer>& layers, std::uint64_t seed, std::uint64_t step, Index m);

/// Whether any layer has dropout.
bool drops_out(const std::vector<Layer>& layers);

}  // namespace altmind
