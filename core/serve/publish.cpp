#include "core/serve/publish.hpp"

#include <algorithm>

#include "core/features/feature_map.hpp"
#include "core/serve/predictor.hpp"

namespace altmind {

namespace {

std::shared_ptr<const Predictor> predictor_of(const LearnerOptions& options, const LearnerState& state) {
  auto predictor = std::make_shared<Predictor>();
  predictor->map = affine(options.normaliser, options.model.spec.inputs, state.statistics);
  predictor->network = served(options, state);
  predictor->spec = options.model.spec;
  predictor->targets = target_scale(state.targets);
  predictor->classes = known_classes(options, state);
  return predictor;
}

}  // namespace

std::shared_ptr<const Snapshot> snapshot_of(const LearnerOptions& options, const LearnerState& state,
                                            const std::vector<LayerReport>& layers) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->name = options.model.name;
  snapshot->spec = options.model.spec;
  snapshot->step = state.step;
  snapshot->samples = state.samples;
  snapshot->sequence = state.sequence;
  snapshot->skipped = state.skipped;
  snapshot->undone = state.undone;
  snapshot->unlearned = state.unlearned;
  snapshot->renewals = state.renewals;
  snapshot->labels = state.labels;
  snapshot->categories = state.categories;
  for (const Layer& layer : state.network.layers) {
    if (&layer != &state.network.layers.back()) snapshot->hidden.push_back(static_cast<std::size_t>(layer.outputs));
    snapshot->multiplications += static_cast<std::size_t>(layer.codes() * layer.columns);
    const Index largest = std::max({layer.inputs, layer.codes(), layer.table_size()});
    snapshot->widest = std::max(snapshot->widest, static_cast<std::size_t>(largest));
  }
  snapshot->layers = layers;
  const Consolidation& kept = state.consolidation;
  snapshot->consolidation = {!kept.layers.empty(), kept.protecting(), kept.classes != 0,
                             kept.consolidations,  kept.releases,     kept.novelty.pooled};
  if (options.self_tuned()) {
    const ServedSets& sets = state.tuning.sets;
    snapshot->served = sets.served;
    snapshot->recent_loss = sets.loss;
    snapshot->step_fraction = sets.step_fraction();
  }
  snapshot->prequential_whole = state.prequential.whole();
  snapshot->prequential_window = state.prequential.window();
  snapshot->class_samples = state.prequential.state().class_samples;
  snapshot->class_correct = state.prequential.state().class_correct;
  snapshot->drift = view(options.drift, state.drift);
  snapshot->holdout = view(options.evaluation, state.holdout);
  snapshot->predictor = predictor_of(options, state);
  return snapshot;
}

}  // namespace altmind
