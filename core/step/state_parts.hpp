#pragma once
// The members of the state by name, listed once for writing, reading, hashing and inspection. Names and their order
// are those of checkpoints (docs/journal.md).

#include <cstdint>
#include <string>

#include "core/step/learner_state.hpp"

namespace altmind {

/// Returns what the names of an arm's parts begin with: nothing for the first, so that they are those of the only one.
inline std::string arm_prefix(std::size_t i) {
  return i == 0 ? "" : "arm." + std::to_string(i + 1) + ".";
}

inline std::string numbered(const char* name, std::size_t l, const char* part = "") {
  return name + std::to_string(l) + part;
}

template <typename OneMoments, typename Use>
void for_each_moment_matrix(const std::string& name, OneMoments& moments, const Use& use) {
  if (moments.first.size() == 0) return;
  use(name + ".first", moments.first);
  use(name + ".second", moments.second);
}

/// Calls `use` with name and value of every matrix and vector that a step of any rule reads or updates; const if the
/// arm is.
template <typename OneArm, typename Use>
void for_each_layer_matrix(OneArm& arm, const Use& use) {
  for (std::size_t l = 0; l < arm.network.weights.size(); ++l) use(numbered("weight.", l), arm.network.weights[l]);
  for (std::size_t l = 0; l < arm.norms.size(); ++l) {
    if (!arm.norms[l].there()) continue;
    use(numbered("batch_norm.", l, ".weight"), arm.norms[l].weight);
    use(numbered("batch_norm.", l, ".affine"), arm.norms[l].affine);
    use(numbered("batch_norm.", l, ".statistics"), arm.norms[l].statistics);
    if (!arm.norm_moments.empty()) for_each_moment_matrix(numbered("batch_norm.", l), arm.norm_moments[l], use);
  }
  for (std::size_t l = 0; l < arm.memories.size(); ++l) {
    use(numbered("memory.", l, ".a"), arm.memories[l].a);
    use(numbered("memory.", l, ".b"), arm.memories[l].b);
  }
  for (std::size_t l = 0; l < arm.moments.size(); ++l) {
    for_each_moment_matrix(numbered("moments.", l), arm.moments[l], use);
  }
  for_each_moment_matrix("output", arm.output, use);
  for (std::size_t l = 0; l < arm.norm_vectors.size(); ++l) use(numbered("norm_vector.", l), arm.norm_vectors[l]);
}

/// Calls `use` with name and value of every matrix and vector of the tuning; const if the tuning is. There are none for
/// fixed steps, whose checkpoints thus have the same format as before tuning was introduced.
template <typename OneTuning, typename Use>
void for_each_tuning_matrix(OneTuning& tuning, const Use& use) {
  for (std::size_t l = 0; l < tuning.layers.size(); ++l) {
    auto& layer = tuning.layers[l];
    if (layer.a.size() > 0) use(numbered("tuning.", l, ".a"), layer.a);
    if (layer.basis.size() == 0) {
      use(numbered("tuning.", l, ".factor"), layer.factor);
    } else {
      use(numbered("tuning.", l, ".basis"), layer.basis);
      use(numbered("tuning.", l, ".values"), layer.values);
    }
  }
  for (std::size_t l = 0; l < tuning.sets.fast.weights.size(); ++l) {
    use(numbered("brief.", l), tuning.sets.fast.weights[l]);
    use(numbered("lasting.", l), tuning.sets.slow.weights[l]);
  }
}

/// Does the same for its scalars: counters, and doubles, which are stored as their bits.
template <typename OneTuning, typename Use>
void for_each_tuning_scalar(OneTuning& tuning, const Use& use) {
  if (tuning.layers.empty()) return;
  for (std::size_t l = 0; l < tuning.layers.size(); ++l) {
    use(numbered("tuning.", l, ".rest_bits"), tuning.layers[l].rest);
    use(numbered("tuning.", l, ".lambda_bits"), tuning.layers[l].lambda);
    use(numbered("tuning.", l, ".step_ratio_bits"), tuning.layers[l].step_ratio);
    if (!keeps_square(tuning.layers[l])) use(numbered("tuning.", l, ".trace_bits"), tuning.layers[l].trace);
  }
  use("tuning.steps", tuning.steps);
  use("tuning.refreshed", tuning.refreshed);
  use("tuning.restarted", tuning.restarted);
  use("tuning.forgotten", tuning.forgotten);
  for (std::size_t i = 0; i < tuning.sets.loss.size(); ++i) {
    use(numbered("sets.", i, ".loss_bits"), tuning.sets.loss[i]);
  }
  use("sets.scored", tuning.sets.scored);
  use("sets.averaged", tuning.sets.averaged);
  use("sets.served", tuning.sets.served);
  use("sets.log_boldness_bits", tuning.sets.log_step_fraction);
}

/// Calls `use` with name, value, rows and columns of every matrix and vector of an arm's protections. Those that are
/// empty before the first alarm are then left out of a checkpoint.
template <typename TheProtections, typename Use>
void for_each_protection_matrix(TheProtections& layers, const Use& use) {
  for (std::size_t l = 0; l < layers.size(); ++l) {
    auto& layer = layers[l];
    const Index n = layer.pending.rows();
    const Index o = layer.pending_output.rows();
    use(numbered("consolidation.", l, ".pending"), layer.pending, n, n);
    use(numbered("consolidation.", l, ".pending_output"), layer.pending_output, o, o);
    use(numbered("consolidation.", l, ".kept"), layer.kept, n, n);
    use(numbered("consolidation.", l, ".kept_output"), layer.kept_output, o, o);
    use(numbered("consolidation.", l, ".basis"), layer.basis, n, n);
    use(numbered("consolidation.", l, ".stiffness"), layer.stiffness, n, Index{1});
    use(numbered("consolidation.", l, ".output_basis"), layer.output_basis, o, o);
    use(numbered("consolidation.", l, ".output_stiffness"), layer.output_stiffness, o, Index{1});
  }
}

/// Does the same for the profile of the pending inputs; of a state that protects.
template <typename OneState, typename Use>
void for_each_profile_matrix(OneState& state, const Use& use) {
  const Index inputs = state.arms[0].protections[0].pending.rows();
  use("consolidation.whitening", state.consolidation.profile.whitening, inputs, inputs);
}

/// Calls `use` with name and value of every matrix and vector of the twin, which exists only while it is needed.
template <typename OneTwin, typename Use>
void for_each_twin_matrix(OneTwin& twin, const Use& use) {
  for (std::size_t l = 0; l < twin.network.weights.size(); ++l) {
    use(numbered("twin.weight.", l), twin.network.weights[l]);
  }
  for (std::size_t l = 0; l < twin.norm_vectors.size(); ++l) {
    use(numbered("twin.norm_vector.", l), twin.norm_vectors[l]);
  }
  for_each_moment_matrix("twin.output", twin.output, use);
  for_each_tuning_matrix(twin.tuning, [&](const std::string& name, auto& m) { use("twin." + name, m); });
}

/// Does the same for the scalars of the twin.
template <typename OneTwin, typename Use>
void for_each_twin_scalar(OneTwin& twin, const Use& use) {
  if (!twin.there()) return;
  use("twin.output.steps", twin.output.steps);
  for_each_tuning_scalar(twin.tuning, [&](const std::string& name, auto& value) { use("twin." + name, value); });
}

/// Calls `use` with name and value of every scalar of the consolidated memory, of a state that protects.
template <typename OneConsolidation, typename Use>
void for_each_consolidation_scalar(OneConsolidation& consolidation, const Use& use) {
  auto& novelty = consolidation.novelty;
  use("novelty.pooled_bits", novelty.pooled);
  use("novelty.mean_bits", novelty.mean);
  use("novelty.variance_bits", novelty.variance);
  use("novelty.recent_bits", novelty.recent);
  use("novelty.count", novelty.count);
  use("novelty.since_profile", novelty.since_profile);
  use("novelty.level_bits", novelty.level);
  use("novelty.error_bits", novelty.error);
  use("novelty.fast_bits", novelty.fast);
  use("novelty.slow_bits", novelty.slow);
  use("novelty.batches", novelty.batches);
  use("novelty.samples", novelty.samples);
  use("consolidation.expected_bits", consolidation.profile.expected);
  use("consolidation.profiled_bits", consolidation.profiled);
  use("consolidation.classes", consolidation.classes);
  use("consolidation.samples", consolidation.samples);
  use("consolidation.consolidations", consolidation.consolidations);
  use("consolidation.releases", consolidation.releases);
  use("consolidation.task_since", consolidation.task_since);
  use("consolidation.known_until", consolidation.known_until);
  use("consolidation.unseen_bits", consolidation.unseen);
  auto& regret = consolidation.regret;
  use("regret.samples_bits", regret.samples);
  use("regret.loss_bits", regret.loss);
  use("regret.lost_bits", regret.lost);
  use("regret.squares_bits", regret.squares);
  use("regret.rehearsed_bits", regret.rehearsed);
}

}  // namespace altmind
