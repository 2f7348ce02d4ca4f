#include "core/step/prepared_batch.hpp"

#include <cassert>

#include "core/features/feature_map.hpp"
#include "core/step/schedule.hpp"

namespace altmind {

namespace {

/// Returns `statistics`, or those of the samples if there are none yet.
Statistics or_of(const SampleSpec& spec, const Samples& samples, const Statistics& statistics) {
  Statistics result = statistics;
  if (statistics.samples == 0) add(spec, samples.features(), result);
  return result;
}

}  // namespace

void PreparedBatch::prepare(const LearnerState& state, const Samples& samples) {
  const SampleSpec& spec = in_force.model.spec;
  assert(samples.x.size() == samples.count * spec.inputs && "batch of another model");
  in_force.learning = scheduled(configured_, state.step, state.samples);
  const bool first = in_force.normaliser.kind == NormaliserKind::standardise && state.statistics.samples == 0;
  maps.map =
      affine(in_force.normaliser, spec.inputs, first ? or_of(spec, samples, state.statistics) : state.statistics);
  if (state.fourier.columns() > 0) {
    // Frozen after the first samples: until then the map changes with every batch.
    if (!maps.frozen) maps.fourier = fourier_map(spec, or_of(spec, samples, state.fourier));
    maps.frozen = state.fourier.samples >= fourier_samples;
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
