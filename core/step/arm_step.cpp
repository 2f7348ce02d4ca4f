#include "core/step/arm_step.hpp"

#include <algorithm>

#include "core/linalg/norms.hpp"
#include "core/step/normalised_pass.hpp"

namespace altmind {

namespace {

constexpr double least_statistics_share = 0.1;  ///< minimum batch weight in running statistics of batch normalisation

std::size_t dead_units(const Matrix& activation) {
  const Vector most = activation.rowwise().maxCoeff();
  return static_cast<std::size_t>((most.head(most.size() - 1).array() <= 0).count());
}

}  // namespace

void ArmStep::report_codes(const Arm& arm) {
  const std::size_t hidden = arm.network.hidden();
  layers.assign(hidden + 1, {});
  for (std::size_t l = 0; l < hidden; ++l) {
    const Matrix& code = contribution.pass.encoding.code[l];
    const Layer& layer = arm.network.layers[l];
    layers[l].units = static_cast<std::size_t>(layer.outputs);
    layers[l].residual_ratio = ratio(norm(contribution.pass.update.code[l] - code), norm(code));
    if (layer.activation == Activation::relu) {
      layers[l].dead_units = dead_units(contribution.pass.encoding.activation[l + 1]);
    }
  }
  layers.back().units = batch_.in_force.model.spec.outputs;
}

void ArmStep::learn_memory(const ForAll& for_all, const LearnerState& state, Arm& arm) {
  undo_.keep(arm);
  self_tuned_.add_batch(batch_.in_force, contribution.pass.encoding, contribution.targets, for_all, state, arm, layers);
}

void ArmStep::learn_weights(const ForAll& for_all, const LearnerState& state, Arm& arm) {
  self_tuned_.update_weights(batch_.in_force, contribution.pass.encoding, contribution.pass.update, for_all, state, arm,
                             layers);
}

void ArmStep::learn_fixed(const PhaseEnded& ended, const ForAll& for_all, const LearnerState& state, Arm& arm) {
  undo_.keep(arm);
  const LearnerOptions& options = batch_.in_force;
  const Pass& pass = contribution.pass;
  if (options.learning.rule == Rule::am_mem) {
    fixed_.memory_step(options, state, pass.encoding, pass.update, ended, for_all, arm, layers);
  } else {
    fixed_.local_step(options, pass.encoding, pass.update, contribution.samples_in_hand(), ended, for_all, arm, layers);
  }
}

void ArmStep::finish(const LearnerState& state, Arm& arm) {
  if (batch_.in_force.gradient_output()) {
    fixed_.output_step(batch_.in_force, contribution.targets, contribution.pass.update, contribution.samples_in_hand(),
                       contribution.pass.encoding, arm, layers);
  }
  follow_batch(state, arm);
  undone = !may_be_kept(arm);
  if (undone) undo_.put_back(arm);
}

// Updates the prediction weights with batch normalisation. Running statistics start as plain means.
void ArmStep::follow_batch(const LearnerState& state, Arm& arm) {
  const double share = std::max(least_statistics_share, 1.0 / static_cast<double>(state.step));
  const Index m = contribution.pass.encoding.logits.cols();
  for (std::size_t l = 0; l < arm.norms.size(); ++l) {
    if (!arm.norms[l].there() || m < 2) continue;
    follow_statistics(contribution.batch_statistics[l], m, share, arm.norms[l]);
  }
  fold_running(arm.norms, arm.network);
}

void ArmStep::follow(const ForAll& for_all, const LearnerState& state, Arm& arm) {
  if (batch_.in_force.self_tuned() && !undone) {
    self_tuned_.follow(contribution.pass.losses, contribution.samples_in_hand(), arm);
  }
  if (!arm.twin.there()) return;
  twin.learn(batch_.in_force, contribution.targets, for_all, state, arm);
}

}  // namespace altmind
