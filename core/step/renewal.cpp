#include "core/step/renewal.hpp"

#include <algorithm>

#include "core/features/feature_map.hpp"
#include "core/features/target_scale.hpp"
#include "core/model/mixture.hpp"
#include "core/step/finite.hpp"

namespace altmind {

namespace {

constexpr Scalar ordinary = 10.0F;

bool computes(const Network& network, Encoding& buffer) {
  encode(network, buffer);
  return small_enough(buffer.logits) && std::all_of(buffer.code.begin(), buffer.code.end(), small_enough);
}

}  // namespace

void renew(const LearnerOptions& options, Renewal what, const std::vector<bool>& at_fault, LearnerState& state) {
  if (what == Renewal::none) return;
  LearnerState fresh = fresh_state(options);
  if (what == Renewal::weights) {
    const auto sound = [](const Statistics& statistics) {
      return statistics.mean.allFinite() && statistics.squares.allFinite();
    };
    if (!sound(state.statistics)) state.statistics = std::move(fresh.statistics);
    if (!sound(state.targets)) state.targets = std::move(fresh.targets);
    LearnerState scores;
    scores.prequential = state.prequential;
    scores.drift = state.drift;
    if (!not_finite(scores).empty()) {
      state.prequential = std::move(fresh.prequential);
      state.drift = {};
    }
  }
  const bool all = at_fault[0];
  for (std::size_t i = 0; i < state.arms.size(); ++i) {
    if (!all && !at_fault[i]) continue;
    Arm& arm = state.arms[i];
    if (what == Renewal::memory) {
      fresh.arms[i].network = std::move(arm.network);
      fresh.arms[i].norms = std::move(arm.norms);
      fresh.arms[i].norm_vectors = std::move(arm.norm_vectors);
      fresh.arms[i].tuning = fresh_tuning(options, fresh.arms[i].network);
    }
    arm = std::move(fresh.arms[i]);
    arm.memory_since = state.samples;
    arm.loss_sum = all ? 0.0 : state.loss_count * most_mixed_loss;
  }
  for (Arm& arm : state.arms) arm.twin = {};
  if (!all) return;
  state.loss_count = 0.0;
  Consolidation& kept = fresh.consolidation;
  kept.first = std::move(state.consolidation.first);
  kept.known_until = state.consolidation.known_until;
  kept.task_since = state.consolidation.task_since;
  kept.samples = state.consolidation.samples;
  kept.consolidations = state.consolidation.consolidations;
  kept.releases = state.consolidation.releases;
  state.consolidation = std::move(kept);
}

bool arm_is_at_fault(const Arm& arm, const Matrix& inputs, Encoding& buffer) {
  if (!small_enough(inputs)) return false;
  resize(arm.network, inputs.cols(), buffer);
  const Scalar most = inputs.cwiseAbs().maxCoeff();
  const Index features = inputs.rows() - 1;
  buffer.activation[0].topRows(features) = inputs.topRows(features) * std::min(1.0F, ordinary / most);
  if (!computes(arm.network, buffer)) return true;
  if (arm.tuning.layers.empty()) return false;
  return !computes(arm.tuning.sets.fast, buffer) || !computes(arm.tuning.sets.slow, buffer);
}

}  // namespace altmind
