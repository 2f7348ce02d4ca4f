#include "core/step/served_sets.hpp"

#include <algorithm>
#include <cmath>

namespace altmind {

namespace {

constexpr double first_step_fraction = 0.3;
constexpr double least_step_fraction = 0.1;
constexpr double most_step_fraction = 0.9;
constexpr double step_fraction_rate = 0.02;
/// By the served set: larger steps, unchanged, smaller steps.
constexpr std::array<double, 3> step_fraction_direction = {1.0, 0.0, -0.5};
constexpr double loss_samples = 4000.0;
constexpr double fast_steps = 10.0;
constexpr double slow_share = 0.25;
/// With a smaller weight, a float32 average would no longer follow relative differences of a thousandth.
constexpr double least_slow = 1e-4;

void move(double weight, const Network& live, Network& average) {
  for (std::size_t l = 0; l < live.weights.size(); ++l) {
    average.weights[l] += static_cast<Scalar>(weight) * (live.weights[l] - average.weights[l]);
  }
}

}  // namespace

double ServedSets::step_fraction() const {
  return std::exp(log_step_fraction);
}

ServedSets fresh_sets(const Network& live) {
  ServedSets sets;
  sets.fast = live;
  sets.slow = live;
  sets.log_step_fraction = std::log(first_step_fraction);
  return sets;
}

void add_losses(const std::array<double, 3>& loss, double m, ServedSets& sets) {
  const double weight = std::min(1.0, std::max(1.0 / static_cast<double>(++sets.scored), m / loss_samples));
  for (std::size_t i = 0; i < loss.size(); ++i) sets.loss[i] += weight * (loss[i] - sets.loss[i]);
}

void follow(const Network& live, ServedSets& sets) {
  const auto t = static_cast<double>(++sets.averaged);
  move(std::max(1.0 / t, 1.0 / fast_steps), live, sets.fast);
  move(std::max(1.0 / (1.0 + slow_share * t), least_slow), live, sets.slow);
  sets.served = static_cast<std::uint64_t>(std::min_element(sets.loss.begin(), sets.loss.end()) - sets.loss.begin());
}

void adapt_step_fraction(double m, ServedSets& sets) {
  const double most = std::min(std::log(most_step_fraction), 0.5 * std::log(200.0 / m));
  sets.log_step_fraction =
      std::max(std::log(least_step_fraction),
               std::min(most, sets.log_step_fraction + step_fraction_rate * step_fraction_direction[sets.served]));
}

}  // namespace altmind
