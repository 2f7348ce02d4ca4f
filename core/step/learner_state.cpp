#include "core/step/learner_state.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "core/features/feature_map.hpp"
#include "core/features/target_scale.hpp"
#include "core/model/mixture.hpp"

namespace altmind {

namespace {

bool same_shape(const Matrix& a, const Matrix& b) {
  return a.rows() == b.rows() && a.cols() == b.cols();
}

/// Returns a sentence if the network of an arm has another shape than `expected`, else an empty string.
std::string mismatch(const Arm& expected, const Arm& arm) {
  std::ostringstream text;
  const auto shape = [](const Matrix& m) { return std::to_string(m.rows()) + "x" + std::to_string(m.cols()); };
  if (expected.network.weights.size() != arm.network.weights.size()) {
    text << "the configuration has " << expected.network.weights.size() << " layers, the state "
         << arm.network.weights.size();
    return text.str();
  }
  for (std::size_t l = 0; l < arm.network.weights.size(); ++l) {
    if (!same_shape(expected.network.weights[l], arm.network.weights[l])) {
      text << "weight " << l << " is " << shape(expected.network.weights[l]) << " by the configuration, "
           << shape(arm.network.weights[l]) << " in the state";
      return text.str();
    }
  }
  const auto normalised = [](const Arm& a, std::size_t l) { return l < a.norms.size() && a.norms[l].there(); };
  for (std::size_t l = 0; l < arm.network.hidden(); ++l) {
    if (normalised(expected, l) != normalised(arm, l)) {
      return "model.layer[" + std::to_string(l) + "].batch_norm of the configuration is not the state's";
    }
  }
  return {};
}

/// Returns a sentence if shapes and rules of `state`, beside its arms, differ from those of `expected`.
std::string mismatch(const LearnerState& expected, const LearnerState& state) {
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

/// Adapts an arm to changed options; `expected`: a fresh arm by them.
void resume(const LearnerOptions& options, Arm expected, Arm& arm) {
  // Activations do not affect shapes, so a changed activation takes effect.
  for (Network* network : {&arm.network, &arm.tuning.sets.fast, &arm.tuning.sets.slow, &arm.twin.network,
                           &arm.twin.tuning.sets.fast, &arm.twin.tuning.sets.slow}) {
    if (!network->weights.empty()) network->layers = expected.network.layers;
  }
  if (expected.memories.size() != arm.memories.size()) arm.memories = std::move(expected.memories);
  if (expected.moments.size() != arm.moments.size()) arm.moments = std::move(expected.moments);
  if (expected.norm_moments.size() != arm.norm_moments.size()) arm.norm_moments = std::move(expected.norm_moments);
  if (expected.output.first.size() != arm.output.first.size()) arm.output = std::move(expected.output);
  if (expected.norm_vectors.size() != arm.norm_vectors.size()) arm.norm_vectors = std::move(expected.norm_vectors);
  if (expected.protections.size() != arm.protections.size()) {
    arm.protections = std::move(expected.protections);
    arm.twin = {};
  }
  if (expected.tuning.layers.size() != arm.tuning.layers.size()) {
    arm.tuning = fresh_tuning(options, arm.network);
    arm.twin = {};
  }
}

/// True if the network of the state's arm `i` fits arm `i` of the options.
bool fits(const LearnerOptions& options, std::size_t i, const LearnerState& state) {
  const Index inputs = static_cast<Index>(network_inputs(options.model.spec) + fourier_features(options, i));
  return i < state.arms.size() && state.arms[i].network.layers.front().inputs == inputs;
}

/// Gives new arms the largest losses that count, beside those of the first arm lately, so that they take part in
/// predictions only once they have learned: after some 2,000 samples.
void handicap_new_arms(Task task, LearnerState& state) {
  const PrequentialView recent = state.prequential.window();
  state.loss_count = recent.samples > 0 ? most_mixed_count : 0.0;
  const bool classes = task == Task::classification;
  const double loss = classes ? std::min(recent.loss, most_mixed_loss) : recent.loss;
  const double largest = classes ? most_mixed_loss : 2.0 * most_mixed_loss * recent.loss;
  for (std::size_t i = 0; i < state.arms.size(); ++i) {
    state.arms[i].loss_sum = state.loss_count * (i == 0 ? loss : largest);
  }
}

/// Makes the arms those of the options: all of the state's if they fit, else only the first.
void resume_arms(const LearnerOptions& options, LearnerState& state) {
  const std::size_t count = options.arms();
  bool same = state.arms.size() == count;
  for (std::size_t i = 1; i < count; ++i) same = same && fits(options, i, state);
  if (!same) {
    state.arms.resize(1);
    state.arms[0].twin = {};
    for (std::size_t i = 1; i < count; ++i) state.arms.push_back(fresh_arm(options, i));
    if (count > 1) {
      handicap_new_arms(options.model.spec.task, state);
    } else {
      state.arms[0].loss_sum = state.loss_count = 0.0;
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    resume(options, fresh_arm(options, i), state.arms[i]);
  }
}

}  // namespace

LearnerState fresh_state(const LearnerOptions& options) {
  LearnerState state;
  const ModelOptions& model = options.model;
  state.statistics = fresh_statistics(options.normaliser, model.spec);
  state.targets = fresh_target_statistics(options.normaliser, model.spec);
  if (reads_fourier_features(options)) state.fourier = fresh_statistics(model.spec.inputs);
  state.categories = std::make_shared<const Vocabularies>(model.spec.columns.size());
  if (model.spec.labels == LabelKind::named) state.labels = LabelTable(model.classes);
  const bool classes = model.spec.task == Task::classification;
  state.prequential = Prequential(classes ? model.spec.outputs : 0);
  for (std::size_t i = 0; i < options.arms(); ++i) state.arms.push_back(fresh_arm(options, i));
  if (state.protects()) state.consolidation = fresh_consolidation(options);
  return state;
}

LearnerState resumed(const LearnerOptions& options, LearnerState state) {
  LearnerState expected = fresh_state(options);
  std::string text = mismatch(expected.arms[0], state.arms[0]);
  if (text.empty()) text = mismatch(expected, state);
  if (!text.empty()) throw std::invalid_argument(text);
  const bool protects = state.protects();
  resume_arms(options, state);
  if (state.protects() != protects) state.consolidation = std::move(expected.consolidation);
  if (state.fourier.columns() != expected.fourier.columns()) state.fourier = std::move(expected.fourier);
  return state;
}

Index known_classes(const LearnerOptions& options, const LearnerState& state) {
  const SampleSpec& spec = options.model.spec;
  if (spec.task == Task::regression) return 0;
  return static_cast<Index>(spec.labels == LabelKind::named ? state.labels.size() : spec.outputs);
}

}  // namespace altmind
