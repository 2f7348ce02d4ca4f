#pragma once
// Selects the weights to serve: the live ones or an average of them, whichever predicts the recent stream best.

#include <array>
#include <cstdint>

#include "core/model/network.hpp"

namespace altmind {

/// Live weights W_0 and two moving averages of them (Polyak and Juditsky 1992, with moving windows). Part of the
/// state. The set with the least recent prequential loss is served; it also controls the step fraction:
/// if the live weights are best, steps are too small; if the slow average is best, they mostly follow noise.
struct ServedSets {
  Network fast;                    ///< W_1: over about 10 steps
  Network slow;                    ///< W_2: over about the last quarter of the steps, at most 10,000
  std::array<double, 3> loss{};    ///< s_0 .. s_2: mean loss of each set over about 4000 samples
  std::uint64_t scored = 0;        ///< batches in `loss`
  std::uint64_t averaged = 0;      ///< steps in the averages since their last restart
  std::uint64_t served = 0;        ///< index of the set with the least loss: 0 live, 1 fast, 2 slow
  double log_step_fraction = 0.0;  ///< log kappa: fraction of the requested change that codes make in one step

  const Network& network(const Network& live) const { return served == 0 ? live : served == 1 ? fast : slow; }
  double step_fraction() const;
};

ServedSets fresh_sets(const Network& live);

/// Adds the mean losses of the three sets on the same samples of a batch of m, before it is learned.
void add_losses(const std::array<double, 3>& loss, double m, ServedSets& sets);

/// After a step, moves the averages towards `live` and updates the served set according to the losses.
void follow(const Network& live, ServedSets& sets);

/// Then updates the step fraction according to the served set.
void adapt_step_fraction(double m, ServedSets& sets);

}  // namespace altmind
