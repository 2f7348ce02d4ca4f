#include "core/step/default_arms.hpp"

#include "core/model/layer.hpp"

namespace altmind {

namespace {

constexpr std::size_t few_inputs = 24;
constexpr std::size_t wide_inputs = 256;
constexpr Index many_weights = 1'000'000;
constexpr std::size_t arms_of_many_weights = 2;

std::vector<ArmOptions> by_inputs(const ModelOptions& model) {
  const std::size_t inputs = network_inputs(model.spec);
  std::vector<ArmOptions> arms = {{0.2, 1.0, 0, 0}, {0.6, 1.0, 0, 1000}};
  if (inputs > wide_inputs) {
    arms.push_back({0.6, 4.0, 0, 2000});
    return arms;
  }
  arms.push_back({0.067, 1.0, 0, 2000});
  if (inputs <= few_inputs && model.image.empty() && layers_of(model).front().dense())
    arms.push_back({0.2, 1.0, 64, 0});
  return arms;
}

}  // namespace

std::vector<ArmOptions> default_arms(const ModelOptions& model) {
  const std::vector<Layer> layers = layers_of(model);
  if (!dense_and_smooth(layers)) return {};
  std::vector<ArmOptions> arms = by_inputs(model);
  Index weights = 0;
  for (const Layer& layer : layers) weights += layer.rows * (layer.columns + 1);
  if (weights > many_weights) arms.resize(arms_of_many_weights);
  return arms;
}

std::vector<ArmOptions> first_arms(const ModelOptions& model, std::size_t count) {
  if (count < 2 || count > most_arms(model)) return {};
  std::vector<ArmOptions> arms = by_inputs(model);
  arms.resize(count);
  return arms;
}

std::size_t most_arms(const ModelOptions& model) {
  return by_inputs(model).size();
}

}  // namespace altmind
