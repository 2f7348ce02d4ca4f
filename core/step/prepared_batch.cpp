#include "core/step/prepared_batch.hpp"

#include <cassert>

#include "core/features/feature_map.hpp"
#include "core/step/schedule.hpp"

namespace altmind {

void PreparedBatch::prepare(const LearnerState& state, const Samples& samples) {
  const SampleSpec& spec = in_force.model.spec;
  assert(samples.x.size() == samples.count * spec.inputs && "batch of another model");
  in_force.learning = scheduled(configured_, state.step, state.samples);
  const bool first = in_force.normaliser.kind == NormaliserKind::standardise && state.statistics.samples == 0;
  Statistics of_features;
  if (first) {
    of_features = state.statistics;
    add(spec, samples.features(), of_features);
  }
  maps.map = affine(in_force.normaliser, spec.inputs, first ? of_features : state.statistics);
  if (state.fourier.columns() > 0) {
    // The first batch by its own statistics; later the map of the learner is up to date (`scale_changed`).
    if (state.fourier.samples == 0) {
      Statistics of_z = state.fourier;
      add_to_scale(spec, samples.features(), {}, of_z);
      maps.fourier = fourier_map(spec, of_z);
    } else if (scale_changed) {
      maps.fourier = fourier_map(spec, state.fourier);
    }
  }
  Statistics of_targets;
  if (state.targets.samples == 0) {
    of_targets = state.targets;
    add(samples.targets(), of_targets);
  }
  scale = target_scale(state.targets.samples == 0 ? of_targets : state.targets);
  classes = known_classes(in_force, state);
}

std::vector<Score> PreparedBatch::score(const Samples& samples, const Matrix& logits) const {
  const Task task = in_force.model.spec.task;
  if (task == Task::regression) return scores(scale, samples.targets(), logits);
  return scores({task, samples.label, {}, classes}, logits);
}

}  // namespace altmind
