#include "core/step/contribution.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "core/model/dropout.hpp"
#include "core/step/finite.hpp"
#include "core/step/normalised_pass.hpp"
#include "core/step/schedule.hpp"

namespace altmind {

namespace {

/// Returns unscaled targets to learn. A target too large to be a measurement is replaced by the prediction, so that it
/// teaches nothing.
std::vector<float> possible(const std::vector<float>& target, const Matrix& logits) {
  std::vector<float> learned = target;
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (std::abs(target[i]) > largest_input) learned[i] = logits.data()[i];
  }
  return learned;
}

bool all_small_enough(const std::vector<Matrix>& codes) {
  return std::all_of(codes.begin(), codes.end(), [](const Matrix& code) { return small_enough(code); });
}

}  // namespace

void Contribution::prepare(const LearnerState& state, const Samples& samples) {
  const SampleSpec& spec = in_force.model.spec;
  assert(samples.x.size() == samples.count * spec.inputs && "batch of another model");
  Statistics of_features, of_targets;
  in_force.learning = scheduled(configured_, state.step, state.samples);
  const bool first = in_force.normaliser.kind == NormaliserKind::standardise && state.statistics.samples == 0;
  if (first) {
    of_features = state.statistics;
    add(spec, samples.features(), of_features);
  }
  if (state.targets.samples == 0) {
    of_targets = state.targets;
    add(samples.targets(), of_targets);
  }
  map = affine(in_force.normaliser, spec.inputs, first ? of_features : state.statistics);
  scale = target_scale(state.targets.samples == 0 ? of_targets : state.targets);
  const auto m = static_cast<Index>(samples.count);
  resize(state.network, m, pass.encoding);
  masks_ = dropout_masks(state.network.layers, in_force.model.seed, state.step, m);
  apply(spec, map, samples.features(), pass.encoding.activation[0]);
}

void Contribution::encode(const LearnerState& state) {
  altmind::encode(state.network, pass.encoding);
}

void Contribution::test(const LearnerState& state, const Samples& samples, TwinStep& twin) {
  const Matrix& logits = pass.encoding.logits;
  set_targets(state, samples);
  scored = score(samples, in_force.self_tuned()
                              ? scoring_.logits(targets, pass.encoding, state.network, state.tuning.sets, pass.losses)
                              : logits);
  of_twin.clear();
  if (!state.twin.there()) return;
  of_twin = score(
      samples, twin.look(in_force, pass.encoding.activation[0], masks_, targets, reads_new_activations(), state.twin));
}

void Contribution::update_codes(const LearnerState& state, const Samples& samples) {
  const bool normalised = !state.norms.empty();
  const bool masked = drops_out(state.network.layers);
  if (masked) pass.encoding.mask = masks_;
  if (normalised) {
    of_batch_ = state.network;
    encode_normalised(state.norms, of_batch_, batch_statistics, raw_codes_, pass.encoding);
  } else if (masked) {
    encode(state);
  }
  if (normalised || masked) set_targets(state, samples);  // the test used another forward pass
  norm_vectors = state.norm_vectors;
  altmind::update_codes(normalised ? of_batch_ : state.network, pass.encoding, targets, in_force.learning,
                        reads_new_activations(), norm_vectors, pass.update);
}

void Contribution::look(const LearnerState& state, TwinStep& twin) {
  twin.look(in_force, pass.encoding.activation[0], masks_, targets, reads_new_activations(), state.twin);
}

bool Contribution::learnable() const {
  const auto finite = [](const Score& score) { return std::isfinite(score.loss); };
  return std::all_of(scored.begin(), scored.end(), finite) && small_enough(pass.encoding.logits) &&
         small_enough(pass.encoding.activation[0]) && all_small_enough(pass.update.code) &&
         (in_force.gradient_output() || small_enough(pass.update.logits)) && all_small_enough(pass.encoding.code);
}

// A target that cannot be a measurement is replaced by the prediction of the current forward pass.
void Contribution::set_targets(const LearnerState& state, const Samples& samples) {
  const Matrix& logits = pass.encoding.logits;
  const bool scaled = state.targets.columns() > 0;
  learned_ = scaled ? to_network(scale, samples.targets(), logits) : possible(samples.target, logits);
  targets = {in_force.model.spec.task, samples.label, learned_, known_classes(in_force, state)};
}

/// True if the step reads the activations of new codes.
bool Contribution::reads_new_activations() const {
  return in_force.learning.rule != Rule::am_mem || in_force.memory.regressors == Regressors::updated ||
         in_force.learning.output_at == OutputAt::updated;
}

std::vector<Score> Contribution::score(const Samples& samples, const Matrix& logits) const {
  return targets.task == Task::regression ? scores(scale, samples.targets(), logits) : scores(targets, logits);
}

}  // namespace altmind
