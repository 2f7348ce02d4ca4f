#include "core/serve/publish.hpp"

#include <algorithm>

#include "core/serve/predictor.hpp"
#include "core/step/arm_report.hpp"

namespace altmind {

namespace {

std::shared_ptr<const Predictor> predictor_of(const LearnerOptions& options, const LearnerState& state) {
  auto predictor = std::make_shared<Predictor>();
  predictor->spec = options.model.spec;
  predictor->voices = voices_of(options, state);
  for (const Network* network : predictor->voices.networks) predictor->networks.push_back(*network);
  for (std::size_t i = 0; i < predictor->networks.size(); ++i) predictor->voices.networks[i] = &predictor->networks[i];
  predictor->targets = target_scale(state.targets);
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
  for (const Arm& arm : state.arms) {
    for (const Layer& layer : arm.network.layers) {
      snapshot->multiplications += static_cast<std::size_t>(layer.codes() * layer.columns);
      const Index largest = std::max({layer.inputs, layer.codes(), layer.table_size()});
      snapshot->widest = std::max(snapshot->widest, static_cast<std::size_t>(largest));
    }
  }
  const std::vector<Layer>& shape = state.arms[0].network.layers;
  for (std::size_t l = 0; l + 1 < shape.size(); ++l) {
    snapshot->hidden.push_back(static_cast<std::size_t>(shape[l].outputs));
  }
  snapshot->layers = layers;
  const Consolidation& kept = state.consolidation;
  snapshot->consolidation = {state.protects(),    state.protecting(), kept.classes != 0,
                             kept.consolidations, kept.releases,      kept.novelty.pooled};
  snapshot->arms = arm_reports(options, state);
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
