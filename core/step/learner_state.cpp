#include "core/step/learner_state.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "core/features/feature_map.hpp"
#include "core/features/target_scale.hpp"
#include "core/step/normalised_pass.hpp"

namespace altmind {

namespace {

bool same_shape(const Matrix& a, const Matrix& b) {
  return a.rows() == b.rows() && a.cols() == b.cols();
}

/// Returns a sentence if the shapes and rules of `state` differ from those of `expected`, else an empty string.
std::string mismatch(const LearnerState& expected, const LearnerState& state) {
  std::ostringstream text;
  const auto shape = [](const Matrix& m) { return std::to_string(m.rows()) + "x" + std::to_string(m.cols()); };
  if (expected.network.weights.size() != state.network.weights.size()) {
    text << "the configuration has " << expected.network.weights.size() << " layers, the state "
         << state.network.weights.size();
    return text.str();
  }
  for (std::size_t l = 0; l < state.network.weights.size(); ++l) {
    if (!same_shape(expected.network.weights[l], state.network.weights[l])) {
      text << "weight " << l << " is " << shape(expected.network.weights[l]) << " by the configuration, "
           << shape(state.network.weights[l]) << " in the state";
      return text.str();
    }
  }
  const auto normalised = [](const LearnerState& s, std::size_t l) { return l < s.norms.size() && s.norms[l].there(); };
  for (std::size_t l = 0; l < state.network.hidden(); ++l) {
    if (normalised(expected, l) != normalised(state, l)) {
      return "model.layer[" + std::to_string(l) + "].batch_norm of the configuration is not the state's";
    }
  }
  if (expected.statistics.columns() != state.statistics.columns()) {
    return std::string("features.normaliser of the configuration is not the state's, which was learned with ") +
           (state.statistics.columns() > 0 ? "\"standardise\"" : "\"none\" or \"fixed\"");
  }
  if (state.prequential.state().class_samples.size() != expected.prequential.state().class_samples.size()) {
    return "model.task of the configuration is not the state's";
  }
  if (expected.targets.columns() != state.targets.columns()) {
    return "features.targets of the configuration is not the state's";
  }
  if (expected.categories->size() != state.categories->size()) {
    return "features.column of the configuration is not the state's";
  }
  return {};
}

}  // namespace

Twin twin_of(const LearnerState& state) {
  return {state.network, state.tuning, state.norm_vectors, state.output};
}

LearnerState fresh_state(const LearnerOptions& options) {
  LearnerState state;
  const ModelOptions& model = options.model;
  state.network = initialise(model);
  state.statistics = fresh_statistics(options.normaliser, model.spec);
  state.targets = fresh_target_statistics(options.normaliser, model.spec);
  state.categories = std::make_shared<const Vocabularies>(model.spec.columns.size());
  if (model.spec.labels == LabelKind::named) state.labels = LabelTable(model.classes);
  const bool classes = model.spec.task == Task::classification;
  state.prequential = Prequential(classes ? model.spec.outputs : 0);
  const std::size_t hidden = state.network.hidden();
  const std::vector<Layer>& layers = state.network.layers;
  const bool normalises =
      std::any_of(layers.begin(), layers.end(), [](const Layer& layer) { return layer.batch_norm; });
  for (std::size_t l = 0; l < hidden && normalises; ++l) {
    state.norms.push_back(layers[l].batch_norm ? fresh_batch_norm(state.network.weights[l]) : BatchNorm());
    if (options.learning.rule == Rule::am_adam) {
      state.norm_moments.push_back(fresh_moments(OutputRule::adam, state.norms[l].affine));
    }
  }
  fold_running(state.norms, state.network);
  for (std::size_t l = 0; l < hidden; ++l) {
    const Matrix& w = state.network.weights[l];
    if (options.learning.rule == Rule::am_mem && !options.self_tuned())
      state.memories.push_back(empty_memory(w.cols() - 1, w.rows()));
    if (options.learning.rule == Rule::am_adam) state.moments.push_back(fresh_moments(OutputRule::adam, w));
    if (l + 1 < hidden || !options.learning.code_rate) {
      const Index n = state.network.weights[l + 1].cols() - 1;
      state.norm_vectors.push_back(Vector::Constant(n, static_cast<Scalar>(1.0 / std::sqrt(static_cast<double>(n)))));
    }
  }
  if (const auto rule = options.gradient_output()) state.output = fresh_moments(*rule, state.network.weights.back());
  state.tuning = fresh_tuning(options, state.network);
  state.consolidation = fresh_consolidation(options, state.network);
  return state;
}

LearnerState resumed(const LearnerOptions& options, LearnerState state) {
  LearnerState expected = fresh_state(options);
  if (const std::string text = mismatch(expected, state); !text.empty()) throw std::invalid_argument(text);
  // Activations do not affect shapes, so a changed activation takes effect.
  for (Network* network : {&state.network, &state.tuning.sets.fast, &state.tuning.sets.slow, &state.twin.network,
                           &state.twin.tuning.sets.fast, &state.twin.tuning.sets.slow}) {
    if (!network->weights.empty()) network->layers = expected.network.layers;
  }
  if (expected.memories.size() != state.memories.size()) state.memories = std::move(expected.memories);
  if (expected.moments.size() != state.moments.size()) state.moments = std::move(expected.moments);
  if (expected.norm_moments.size() != state.norm_moments.size()) state.norm_moments = std::move(expected.norm_moments);
  if (expected.output.first.size() != state.output.first.size()) state.output = std::move(expected.output);
  if (expected.norm_vectors.size() != state.norm_vectors.size()) state.norm_vectors = std::move(expected.norm_vectors);
  if (expected.consolidation.layers.size() != state.consolidation.layers.size()) {
    state.consolidation = std::move(expected.consolidation);
    state.twin = {};
  }
  if (expected.tuning.layers.size() != state.tuning.layers.size()) {
    state.tuning = fresh_tuning(options, state.network);
    state.twin = {};
  }
  return state;
}

Index known_classes(const LearnerOptions& options, const LearnerState& state) {
  const SampleSpec& spec = options.model.spec;
  if (spec.task == Task::regression) return 0;
  return static_cast<Index>(spec.labels == LabelKind::named ? state.labels.size() : spec.outputs);
}

const Network& served(const LearnerOptions& options, const LearnerState& state) {
  return options.self_tuned() ? state.tuning.sets.network(state.network) : state.network;
}

}  // namespace altmind
