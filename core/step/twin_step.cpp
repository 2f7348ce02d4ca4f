#include "core/step/twin_step.hpp"

#include <algorithm>
#include <utility>

#include "core/model/dropout.hpp"

namespace altmind {

namespace {

/// Swaps twin and learner, and moves the learner's consolidated memory aside.
void swap_places(LearnerState& state, Consolidation& aside) {
  std::swap(state.network, state.twin.network);
  std::swap(state.tuning, state.twin.tuning);
  std::swap(state.norm_vectors, state.twin.norm_vectors);
  std::swap(state.output, state.twin.output);
  std::swap(state.consolidation, aside);
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
                     LearnerState& state) {
  Consolidation aside;
  swap_places(state, aside);
  state.norm_vectors = norm_vectors_;
  const auto m = static_cast<double>(pass_.encoding.logits.cols());
  report_.layers.resize(state.network.weights.size());
  self_tuned_.add_batch(options, pass_.encoding, targets, for_all, state, report_);
  self_tuned_.update_weights(options, pass_.encoding, pass_.update, for_all, state, report_);
  if (options.gradient_output()) {
    fixed_.output_step(options, targets, pass_.update, m, pass_.encoding, state, report_);
  }
  add_losses(pass_.losses, m, state.tuning.sets);
  follow(state.network, m, state.tuning.sets);
  swap_places(state, aside);
}

void TwinStep::adopt(LearnerState& state, Pass& pass) {
  state.network = std::move(state.twin.network);
  state.tuning = std::move(state.twin.tuning);
  state.output = std::move(state.twin.output);
  state.norm_vectors = norm_vectors_;
  state.twin = {};
  std::swap(pass, pass_);
}

}  // namespace altmind
