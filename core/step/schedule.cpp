#include "core/step/schedule.hpp"

#include <algorithm>
#include <cmath>

namespace altmind {

LearningOptions scheduled(const LearningOptions& options, std::uint64_t batches, std::uint64_t samples) {
  LearningOptions now = options;
  const auto t = static_cast<double>(batches);
  if (options.mu_growth > 0) now.mu += options.mu_growth * t;
  if (options.mu_limit) now.mu = std::min(now.mu, *options.mu_limit);
  double share = 1.0;
  if (options.rate_halving) share *= std::exp2(-std::floor(static_cast<double>(samples) / *options.rate_halving));
  if (options.rate_decay) share *= *options.rate_decay / (*options.rate_decay + t);
  now.local_rate *= share;
  now.output_rate *= share;
  return now;
}

}  // namespace altmind
