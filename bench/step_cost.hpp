#pragma once
// Floating-point operations of one AM step, by formula; a multiplication and an addition count as two.

#include <array>
#include <cstddef>

#include "core/learner_options.hpp"
#include "core/step/step_report.hpp"

namespace altmind::bench {

/// Returns FLOP per phase of a step on m = options.learning.batch_size samples (am-mem with a fixed gain, forward
/// regressors). Counts only matrix products, about 99 % of the work; N = n_in + 1, r the rows of A's update:
///
///   encode   2 m n_out N of every layer
///   codes    the top layer: (2K - 1) products with W^(L+1); a layer below: as solve_below chooses
///   memory   A: r N (N + 1); B: 2 m n_out N
///   weights  2 n_out N^2 a sweep, divided by sweep_parts where the layer is wide enough to be swept in parts
///   output   2 m outputs N
std::array<double, phase_count> step_flop(const LearnerOptions& options);

}  // namespace altmind::bench
