#pragma once
// The arms of a network, by its shape.

#include <vector>

#include "core/learner_options.hpp"

namespace altmind {

/// Returns the arms for self-tuned steps on a network of this shape. The same for every task, batch size and seed:
///
///   network inputs   reaches; in brackets what else an arm has
///   up to 24         0.2, 0.6, 0.067, 0.2 (64 Fourier features)
///   25 to 256        0.2, 0.6, 0.067
///   over 256         0.2, 0.6, 0.6 (4 times the damping)
///
/// and only the first two for more than a million weights. None, so that there is one arm whose step fraction adapts,
/// for networks that are not dense and smooth, on which they were not measured.
std::vector<ArmOptions> default_arms(const ModelOptions& model);

/// Returns `count` arms: none for 1, else the first of those by inputs, whatever the network's layers and weights.
/// Empty if there are not so many.
std::vector<ArmOptions> first_arms(const ModelOptions& model, std::size_t count);

/// Returns the number of arms by inputs, which is the largest possible `count`.
std::size_t most_arms(const ModelOptions& model);

}  // namespace altmind
