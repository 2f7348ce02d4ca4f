#pragma once
// Schedules of the settings that change during learning.

#include <cstdint>

#include "core/learner_options.hpp"

namespace altmind {

/// Returns `options` with mu, local_rate and output_rate for the mini-batch that follows `batches` others and `samples`
/// learned samples:
///
///   mu    <-  min(mu + mu_growth batches, mu_limit)
///   rate  <-  rate 2^-floor(samples / rate_halving) b / (b + batches),   b = rate_decay
///
/// With K blocks and the constants of Theorem 3.2 (Choromanska and others 2019), s = 2 xi - 3 gamma (K - 1), its step
/// 1.5 / (s (t + 2) + 1.5 (K - 1) gamma) is a rate of 1.5 / (s b) with b = 2 + 1.5 (K - 1) gamma / s.
LearningOptions scheduled(const LearningOptions& options, std::uint64_t batches, std::uint64_t samples);

}  // namespace altmind
