#include "core/step/tuning.hpp"

namespace altmind {

Tuning fresh_tuning(const LearnerOptions& options, const Network& network) {
  Tuning tuning;
  if (!options.self_tuned()) return tuning;
  const std::size_t count = network.hidden() + (options.gradient_output() ? 0 : 1);
  for (std::size_t l = 0; l < count; ++l) tuning.layers.push_back(fresh_curvature(network.weights[l].cols()));
  tuning.sets = fresh_sets(network);
  return tuning;
}

void restart(Tuning& tuning) {
  tuning.restarted = tuning.steps;
  tuning.refreshed = 0;
  tuning.sets.averaged = 0;
}

}  // namespace altmind
