#pragma once
// The state of self-tuned steps.

#include <cstdint>
#include <vector>

#include "core/learner_options.hpp"
#include "core/model/network.hpp"
#include "core/step/served_sets.hpp"
#include "core/weights/curvature.hpp"

namespace altmind {

/// Empty (no layers) for any other rule.
struct Tuning {
  std::vector<Curvature> layers;  ///< hidden layers from the input up, then the output layer if it has memory
  std::uint64_t steps = 0;        ///< t: self-tuned steps taken
  std::uint64_t refreshed = 0;    ///< t_F: `steps` at the last refresh of the factors
  std::uint64_t restarted = 0;    ///< `steps` at the last restart of step ratios and averages
  std::uint64_t forgotten = 0;    ///< `steps` when A last forgot: start of its age
  ServedSets sets;
};

Tuning fresh_tuning(const LearnerOptions& options, const Network& network);

/// After an alarm, makes the next step recompute the factors and restarts step ratios and averages. Keeps A, the losses
/// of the sets and the step fraction.
void restart(Tuning& tuning);

}  // namespace altmind
