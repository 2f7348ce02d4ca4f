#include "core/step/renewal.hpp"

#include <algorithm>

#include "core/features/feature_map.hpp"
#include "core/features/target_scale.hpp"
#include "core/step/finite.hpp"

namespace altmind {

namespace {

constexpr Scalar ordinary = 10.0F;

bool computes(const Network& network, Encoding& buffer) {
  encode(network, buffer);
  return small_enough(buffer.logits) && std::all_of(buffer.code.begin(), buffer.code.end(), small_enough);
}

}  // namespace

void renew(const LearnerOptions& options, Renewal what, LearnerState& state) {
  if (what == Renewal::none) return;
  LearnerState fresh = fresh_state(options);
  if (what == Renewal::weights) {
    state.network = std::move(fresh.network);
    state.norms = std::move(fresh.norms);
    state.norm_vectors = std::move(fresh.norm_vectors);
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
  state.memories = std::move(fresh.memories);
  state.moments = std::move(fresh.moments);
  state.norm_moments = std::move(fresh.norm_moments);
  state.output = std::move(fresh.output);
  state.memory_since = state.samples;
  state.tuning = fresh_tuning(options, state.network);
  state.twin = {};
  Consolidation& kept = fresh.consolidation;
  kept.first = std::move(state.consolidation.first);
  kept.known_until = state.consolidation.known_until;
  kept.task_since = state.consolidation.task_since;
  kept.samples = state.consolidation.samples;
  kept.consolidations = state.consolidation.consolidations;
  kept.releases = state.consolidation.releases;
  state.consolidation = std::move(kept);
}

bool state_is_at_fault(const LearnerState& state, const Matrix& inputs, Encoding& buffer) {
  if (!small_enough(inputs)) return false;
  resize(state.network, inputs.cols(), buffer);
  const Scalar most = inputs.cwiseAbs().maxCoeff();
  const Index features = inputs.rows() - 1;
  buffer.activation[0].topRows(features) = inputs.topRows(features) * std::min(1.0F, ordinary / most);
  if (!computes(state.network, buffer)) return true;
  if (state.tuning.layers.empty()) return false;
  return !computes(state.tuning.sets.fast, buffer) || !computes(state.tuning.sets.slow, buffer);
}

}  // namespace altmind
