#include "core/step/arm.hpp"

#include <algorithm>
#include <cmath>

#include "core/step/normalised_pass.hpp"

namespace altmind {

std::uint64_t arm_seed(const LearnerOptions& options, std::size_t i) {
  const auto arm = options.arm(i);
  return options.model.seed + (arm ? arm->seed : 0);
}

std::size_t fourier_features(const LearnerOptions& options, std::size_t i) {
  const auto arm = options.arm(i);
  return arm ? arm->fourier_features : 0;
}

Arm fresh_arm(const LearnerOptions& options, std::size_t i) {
  Arm arm;
  ModelOptions model = options.model;
  model.seed = arm_seed(options, i);
  if (const std::size_t count = fourier_features(options, i); count > 0) {
    arm.features = std::make_shared<const FourierFeatures>(count, network_inputs(model.spec));
  }
  arm.network = initialise(model, fourier_features(options, i));
  const std::size_t hidden = arm.network.hidden();
  const std::vector<Layer>& layers = arm.network.layers;
  const bool normalises =
      std::any_of(layers.begin(), layers.end(), [](const Layer& layer) { return layer.batch_norm; });
  for (std::size_t l = 0; l < hidden && normalises; ++l) {
    arm.norms.push_back(layers[l].batch_norm ? fresh_batch_norm(arm.network.weights[l]) : BatchNorm());
    if (options.learning.rule == Rule::am_adam) {
      arm.norm_moments.push_back(fresh_moments(OutputRule::adam, arm.norms[l].affine));
    }
  }
  fold_running(arm.norms, arm.network);
  for (std::size_t l = 0; l < hidden; ++l) {
    const Matrix& w = arm.network.weights[l];
    if (options.learning.rule == Rule::am_mem && !options.self_tuned())
      arm.memories.push_back(empty_memory(w.cols() - 1, w.rows()));
    if (options.learning.rule == Rule::am_adam) arm.moments.push_back(fresh_moments(OutputRule::adam, w));
    if (l + 1 < hidden || !options.learning.code_rate) {
      const Index n = arm.network.weights[l + 1].cols() - 1;
      arm.norm_vectors.push_back(Vector::Constant(n, static_cast<Scalar>(1.0 / std::sqrt(static_cast<double>(n)))));
    }
  }
  if (const auto rule = options.gradient_output()) arm.output = fresh_moments(*rule, arm.network.weights.back());
  arm.tuning = fresh_tuning(options, arm.network);
  arm.protections = fresh_protections(options, arm.network);
  return arm;
}

Twin twin_of(const Arm& arm) {
  return {arm.network, arm.tuning, arm.norm_vectors, arm.output};
}

const Network& served(const LearnerOptions& options, const Arm& arm) {
  return options.self_tuned() ? arm.tuning.sets.network(arm.network) : arm.network;
}

}  // namespace altmind
