#include "core/step/contribution.hpp"

#include <algorithm>
#include <cmath>

#include "core/model/dropout.hpp"
#include "core/step/finite.hpp"
#include "core/step/normalised_pass.hpp"

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

void Contribution::prepare(const LearnerState& state, const Samples& samples, const Contribution& first) {
  const SampleSpec& spec = batch_.in_force.model.spec;
  const Network& network = state.arms[arm_].network;
  const FourierFeatures* const features = state.arms[arm_].features.get();
  const auto m = static_cast<Index>(samples.count);
  resize(network, m, pass.encoding);
  masks_ = dropout_masks(network.layers, arm_seed(batch_.in_force, arm_), state.step, m);
  Matrix& inputs = pass.encoding.activation[0];
  if (&first == this) return write_inputs(spec, batch_.maps, features, samples.features(), z_, inputs);
  const auto columns = static_cast<Index>(network_inputs(spec));
  inputs.topRows(columns) = first.pass.encoding.activation[0].topRows(columns);
  write_fourier_features(spec, batch_.maps, features, samples.features(), z_, inputs);
}

void Contribution::encode(const LearnerState& state) {
  altmind::encode(state.arms[arm_].network, pass.encoding);
}

void Contribution::test(const LearnerState& state, const Samples& samples, TwinStep& twin) {
  const Arm& arm = state.arms[arm_];
  set_targets(state, samples);
  answered = batch_.in_force.self_tuned()
                 ? &scoring_.logits(targets, pass.encoding, arm.network, arm.tuning.sets, pass.losses)
                 : &pass.encoding.logits;
  scored = batch_.score(samples, *answered);
  of_twin = nullptr;
  if (!arm.twin.there()) return;
  of_twin =
      &twin.look(batch_.in_force, pass.encoding.activation[0], masks_, targets, reads_new_activations(), arm.twin);
}

void Contribution::update_codes(const LearnerState& state, const Samples& samples) {
  const Arm& arm = state.arms[arm_];
  const bool normalised = !arm.norms.empty();
  const bool masked = drops_out(arm.network.layers);
  if (masked) pass.encoding.mask = masks_;
  if (normalised) {
    of_batch_ = arm.network;
    encode_normalised(arm.norms, of_batch_, batch_statistics, raw_codes_, pass.encoding);
  } else if (masked) {
    encode(state);
  }
  if (normalised || masked) set_targets(state, samples);  // the test used another forward pass
  norm_vectors = arm.norm_vectors;
  altmind::update_codes(normalised ? of_batch_ : arm.network, pass.encoding, targets, batch_.in_force.learning,
                        reads_new_activations(), norm_vectors, pass.update);
}

void Contribution::look(const LearnerState& state, TwinStep& twin) {
  twin.look(batch_.in_force, pass.encoding.activation[0], masks_, targets, reads_new_activations(),
            state.arms[arm_].twin);
}

bool Contribution::learnable() const {
  const auto finite = [](const Score& score) { return std::isfinite(score.loss); };
  return std::all_of(scored.begin(), scored.end(), finite) && small_enough(pass.encoding.logits) &&
         small_enough(pass.encoding.activation[0]) && all_small_enough(pass.update.code) &&
         (batch_.in_force.gradient_output() || small_enough(pass.update.logits)) &&
         all_small_enough(pass.encoding.code);
}

// A target that cannot be a measurement is replaced by the prediction of the current forward pass.
void Contribution::set_targets(const LearnerState& state, const Samples& samples) {
  const Matrix& logits = pass.encoding.logits;
  const bool scaled = state.targets.columns() > 0;
  learned_ = scaled ? to_network(batch_.scale, samples.targets(), logits) : possible(samples.target, logits);
  targets = {batch_.in_force.model.spec.task, samples.label, learned_, batch_.classes};
}

/// True if the step reads the activations of new codes.
bool Contribution::reads_new_activations() const {
  const LearnerOptions& options = batch_.in_force;
  return options.learning.rule != Rule::am_mem || options.memory.regressors == Regressors::updated ||
         options.learning.output_at == OutputAt::updated;
}

}  // namespace altmind
