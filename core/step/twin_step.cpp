#include "core/step/twin_step.hpp"

#include <algorithm>
#include <utility>

#include "core/model/dropout.hpp"

namespace altmind {

namespace {

/// Swaps twin and arm, and moves the arm's protections aside.
void swap_places(Arm& arm, Protections& aside) {
  std::swap(arm.network, arm.twin.network);
  std::swap(arm.tuning, arm.twin.tuning);
  std::swap(arm.norm_vectors, arm.twin.norm_vectors);
  std::swap(arm.output, arm.twin.output);
  std::swap(arm.protections, aside);
}

}  // namespace

const Matrix& TwinStep::look(const LearnerOptions& options, const Matrix& inputs, const std::vector<Matrix>& masks,
                             const Targets& targets, bool activate_all, const Twin& twin) {
  resize(twin.network, inputs.cols(), pass_.encoding);
  pass_.encoding.activation[0] = inputs;
  encode(twin.network, pass_.encoding);
  const Matrix& served = scoring_.logits(targets, pass_.encoding, twin.network, twin.tuning.sets, pass_.losses);
  if (drops_out(twin.network.layers)) {
    pass_.encoding.mask = masks;
    encode(twin.network, pass_.encoding);
  }
  norm_vectors_ = twin.norm_vectors;
  update_codes(twin.network, pass_.encoding, targets, options.learning, activate_all, norm_vectors_, pass_.update);
  return served;
}

bool TwinStep::sound() const {
  const auto finite = [](const Matrix& m) { return m.allFinite(); };
  return finite(pass_.encoding.logits) && finite(pass_.update.logits) &&
         std::all_of(pass_.encoding.code.begin(), pass_.encoding.code.end(), finite) &&
         std::all_of(pass_.update.code.begin(), pass_.update.code.end(), finite);
}

void TwinStep::learn(const LearnerOptions& options, const Targets& targets, const ForAll& for_all,
                     const LearnerState& state, Arm& arm) {
  Protections aside;
  swap_places(arm, aside);
  arm.norm_vectors = norm_vectors_;
  const auto m = static_cast<double>(pass_.encoding.logits.cols());
  layers_.resize(arm.network.weights.size());
  self_tuned_.add_batch(options, pass_.encoding, targets, for_all, state, arm, layers_);
  self_tuned_.update_weights(options, pass_.encoding, pass_.update, for_all, state, arm, layers_);
  if (options.gradient_output()) {
    fixed_.output_step(options, targets, pass_.update, m, pass_.encoding, arm, layers_);
  }
  self_tuned_.follow(pass_.losses, m, arm);
  swap_places(arm, aside);
}

void TwinStep::adopt(Arm& arm, Pass& pass) {
  arm.network = std::move(arm.twin.network);
  arm.tuning = std::move(arm.twin.tuning);
  arm.output = std::move(arm.twin.output);
  arm.norm_vectors = norm_vectors_;
  arm.twin = {};
  std::swap(pass, pass_);
}

}  // namespace altmind
