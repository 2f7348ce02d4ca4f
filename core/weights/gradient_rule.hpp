#pragma once
// A gradient step on one weight: SGD, or Adam with its moments.

#include <cstdint>

#include "core/learner_options.hpp"
#include "core/linalg/types.hpp"

namespace altmind {

/// Adam's first and second moments of one weight; empty for SGD.
struct Moments {
  std::uint64_t steps = 0;
  Matrix first;
  Matrix second;
};

Moments fresh_moments(OutputRule rule, const Matrix& weight);

/// weight <- weight - rate * gradient, or Adam (Kingma and Ba 2015; 0.9, 0.999, 1e-8, bias-corrected).
/// Returns ||step||_F.
double gradient_step(OutputRule rule, double rate, const Matrix& gradient, Moments& moments, Matrix& weight);

}  // namespace altmind
