#include "core/step/served_sets.hpp"

#include <algorithm>
#include <cmath>

namespace altmind {

namespace {

constexpr double first_boldness = 0.3;
constexpr double least_boldness = 0.1;
constexpr double most_boldness = 0.9;
constexpr double boldness_rate = 0.02;
/// By the set served: bolder, as it is, more timid.
constexpr std::array<double, 3> boldness_direction = {1.0, 0.0, -0.5};
constexpr double loss_samples = 4000.0;
constexpr double brief_steps = 10.0;
constexpr double lasting_share = 0.25;
/// With a smaller weight, an average in single precision would no longer take in what differs by a thousandth.
constexpr double least_lasting = 1e-4;

void move(double weight, const Network& live, Network& average) {
  for (std::size_t l = 0; l < live.weights.size(); ++l) {
    average.weights[l] += static_cast<Scalar>(weight) * (live.weights[l] - average.weights[l]);
  }
}

}  // namespace

double ServedSets::boldness() const {
  return std::exp(log_boldness);
}

ServedSets fresh_sets(const Network& live) {
  ServedSets sets;
  sets.brief = live;
  sets.lasting = live;
  sets.log_boldness = std::log(first_boldness);
  return sets;
}

void add_losses(const std::array<double, 3>& loss, double m, ServedSets& sets) {
  const double weight = std::min(1.0, std::max(1.0 / static_cast<double>(++sets.scored), m / loss_samples));
  for (std::size_t i = 0; i < loss.size(); ++i) sets.loss[i] += weight * (loss[i] - sets.loss[i]);
}

void follow(const Network& live, double m, ServedSets& sets) {
  const auto t = static_cast<double>(++sets.averaged);
  move(std::max(1.0 / t, 1.0 / brief_steps), live, sets.brief);
  move(std::max(1.0 / (1.0 + lasting_share * t), least_lasting), live, sets.lasting);
  sets.served = static_cast<std::uint64_t>(std::min_element(sets.loss.begin(), sets.loss.end()) - sets.loss.begin());
  const double most = std::min(std::log(most_boldness), 0.5 * std::log(200.0 / m));
  sets.log_boldness = std::max(std::log(least_boldness),
                               std::min(most, sets.log_boldness + boldness_rate * boldness_direction[sets.served]));
}

}  // namespace altmind
