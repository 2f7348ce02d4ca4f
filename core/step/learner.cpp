#include "core/step/learner.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "core/codes/codes.hpp"
#include "core/features/feature_map.hpp"
#include "core/features/target_scale.hpp"
#include "core/linalg/norms.hpp"
#include "core/model/dropout.hpp"
#include "core/model/loss.hpp"
#include "core/step/finite.hpp"
#include "core/step/fixed_step.hpp"
#include "core/step/normalised_pass.hpp"
#include "core/step/renewal.hpp"
#include "core/step/schedule.hpp"
#include "core/step/self_tuned_step.hpp"
#include "core/step/served_scoring.hpp"
#include "core/step/twin_step.hpp"
#include "core/step/undo.hpp"
#include "core/step/watch.hpp"

namespace altmind {

namespace {

constexpr double least_statistics_share = 0.1;  ///< of a batch in the running statistics of batch normalisation

std::size_t dead_units(const Matrix& activation) {
  const Vector most = activation.rowwise().maxCoeff();
  return static_cast<std::size_t>((most.head(most.size() - 1).array() <= 0).count());
}

/// Targets that are learned as they are; in place of what is no measurement the prediction, which teaches nothing.
std::vector<float> possible(const std::vector<float>& target, const Matrix& logits) {
  std::vector<float> learned = target;
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (std::abs(target[i]) > largest_input) learned[i] = logits.data()[i];
  }
  return learned;
}

}  // namespace

/// The parts of a step, and the batch in hand between them.
struct Learner::Impl {
  LearnerOptions options;
  LearnerState state;
  LearnerOptions in_force;          ///< the same with the schedules' values for the batch in hand
  std::vector<LayerReport> layers;  ///< of the last step that was kept

  // The batch in hand. Buffers, not state: every step overwrites them before reading.
  Pass pass;
  Affine map;                  ///< features to inputs
  TargetScale scale;           ///< of a regression
  std::vector<float> learned;  ///< targets as the network learns them
  Targets targets;
  std::vector<Score> scored;   ///< of the weights that are served, in the user's units
  std::vector<Score> of_twin;  ///< the same of the twin, where there was one before the batch
  std::vector<Vector> norm_vectors;
  std::vector<Matrix> masks;  ///< of dropout
  Network of_batch;           ///< under batch normalisation: the network by the statistics of the batch
  std::vector<Matrix> batch_statistics;
  Matrix raw_codes;

  TwinStep twin;
  FixedStep fixed;
  SelfTunedStep self_tuned;
  Undo undo;
  Watch watch;
  ServedScoring scoring;
  Encoding probe;  ///< of `state_is_at_fault`

  void take_names(const Batch& batch);
  void prepare(const Samples& samples);
  void set_targets(const Samples& samples);
  void test(const Samples& samples);
  void update_codes(const Samples& samples);
  StepReport counted(const Batch& batch);
  bool learnable() const;
  void observe(const Samples& samples, StepReport& report);
  void update_weights(const PhaseEnded& ended, const ForAll& for_all, StepReport& report);
  void follow_batch();
  void follow_weights(const ForAll& for_all, StepReport& report);
  void count_unlearned(StepReport& report);

  bool scales_targets() const { return state.targets.columns() > 0; }
  bool paired() const { return !of_twin.empty(); }
  double samples_in_hand() const { return static_cast<double>(pass.encoding.logits.cols()); }
  /// Whether anything reads the activations of new codes.
  bool reads_new_activations() const {
    return options.learning.rule != Rule::am_mem || options.memory.regressors == Regressors::updated ||
           options.learning.output_at == OutputAt::updated;
  }
  std::vector<Score> score(const Samples& samples, const Matrix& logits) const {
    return targets.task == Task::regression ? scores(scale, samples.targets(), logits) : scores(targets, logits);
  }
};

// Names enter in the order in which the journal has them, also those of a batch that is skipped.
void Learner::Impl::take_names(const Batch& batch) {
  for (const std::string& name : batch.new_names) state.labels.add(name);
  if (batch.new_categories.empty()) return;
  auto categories = std::make_shared<Vocabularies>(*state.categories);
  for (const Category& category : batch.new_categories) (*categories)[category.column].add(category.name);
  state.categories = std::move(categories);
}

// The first batch is normalised with its own statistics, every other one with those from before it.
void Learner::Impl::prepare(const Samples& samples) {
  const SampleSpec& spec = options.model.spec;
  assert(samples.x.size() == samples.count * spec.inputs && "batch of another model");
  Statistics of_features, of_targets;
  in_force.learning = scheduled(options.learning, state.step, state.samples);
  const bool first = options.normaliser.kind == NormaliserKind::standardise && state.statistics.samples == 0;
  if (first) {
    of_features = state.statistics;
    add(spec, samples.features(), of_features);
  }
  if (state.targets.samples == 0) {
    of_targets = state.targets;
    add(samples.targets(), of_targets);
  }
  map = affine(options.normaliser, spec.inputs, first ? of_features : state.statistics);
  scale = target_scale(state.targets.samples == 0 ? of_targets : state.targets);
  const auto m = static_cast<Index>(samples.count);
  resize(state.network, m, pass.encoding);
  masks = dropout_masks(state.network.layers, options.model.seed, state.step, m);
  apply(spec, map, samples.features(), pass.encoding.activation[0]);
}

// What is no measurement is learned as what was predicted by the pass in hand.
void Learner::Impl::set_targets(const Samples& samples) {
  const Matrix& logits = pass.encoding.logits;
  learned = scales_targets() ? to_network(scale, samples.targets(), logits) : possible(samples.target, logits);
  targets = {options.model.spec.task, samples.label, learned, known_classes(options, state)};
}

void Learner::Impl::test(const Samples& samples) {
  const Matrix& logits = pass.encoding.logits;
  set_targets(samples);
  scored = score(samples, options.self_tuned()
                              ? scoring.logits(targets, pass.encoding, state.network, state.tuning.sets, pass.losses)
                              : logits);
  of_twin.clear();
  if (!state.twin.there()) return;
  of_twin = score(
      samples, twin.look(in_force, pass.encoding.activation[0], masks, targets, reads_new_activations(), state.twin));
}

// Of a pass with masked units or by the statistics of the batch, where there is such: the test was without.
void Learner::Impl::update_codes(const Samples& samples) {
  const bool normalised = !state.norms.empty();
  const bool masked = drops_out(state.network.layers);
  if (masked) pass.encoding.mask = masks;
  if (normalised) {
    of_batch = state.network;
    encode_normalised(state.norms, of_batch, batch_statistics, raw_codes, pass.encoding);
  } else if (masked) {
    encode(state.network, pass.encoding);
  }
  if (normalised || masked) set_targets(samples);
  norm_vectors = state.norm_vectors;
  altmind::update_codes(normalised ? of_batch : state.network, pass.encoding, targets, in_force.learning,
                        reads_new_activations(), norm_vectors, pass.update);
}

StepReport Learner::Impl::counted(const Batch& batch) {
  StepReport report;
  report.samples = batch.samples.count;
  report.sequence = state.sequence = batch.last_sequence;
  report.step = ++state.step;
  return report;
}

bool Learner::Impl::learnable() const {
  for (const Score& score : scored) {
    if (!std::isfinite(score.loss)) return false;
  }
  if (!small_enough(pass.encoding.logits) || !small_enough(pass.encoding.activation[0])) return false;
  for (const Matrix& code : pass.update.code) {
    if (!small_enough(code)) return false;
  }
  if (!options.gradient_output() && !small_enough(pass.update.logits)) return false;
  for (const Matrix& code : pass.encoding.code) {
    if (!small_enough(code)) return false;
  }
  return true;
}

// Everything but the step itself that takes the batch in, before anything is learned from it.
void Learner::Impl::observe(const Samples& samples, StepReport& report) {
  const bool answered = options.model.spec.task == Task::classification || state.samples > 0;  // else from nothing
  std::swap(state.norm_vectors, norm_vectors);
  if (paired() && !twin.sound()) state.twin = {};
  state.samples += samples.count;
  if (options.normaliser.kind == NormaliserKind::standardise) {
    add(options.model.spec, samples.features(), state.statistics);
  }
  if (scales_targets()) add(samples.targets(), state.targets);
  std::size_t correct = 0;
  for (const Score& score : scored) {
    if (answered) state.prequential.add(score);
    report.loss += score.loss;
    correct += score.correct ? 1 : 0;
  }
  watch.observe(options, {samples, map.fits, scale, scored, of_twin}, pass, twin, state, report);
  if (state.twin.there() && !paired()) {  // protection begins with this batch
    state.twin.norm_vectors = std::move(norm_vectors);
    twin.look(in_force, pass.encoding.activation[0], masks, targets, reads_new_activations(), state.twin);
  }
  offer(options.evaluation, samples, state.samples - samples.count, state.holdout);
  report.loss /= samples_in_hand();
  report.accuracy = static_cast<double>(correct) / samples_in_hand();
  const std::size_t hidden = state.network.hidden();
  report.layers.resize(hidden + 1);
  for (std::size_t l = 0; l < hidden; ++l) {
    const Matrix& code = pass.encoding.code[l];
    const Layer& layer = state.network.layers[l];
    report.layers[l].units = static_cast<std::size_t>(layer.outputs);
    report.layers[l].residual_ratio = ratio(norm(pass.update.code[l] - code), norm(code));
    if (layer.activation == Activation::relu) {
      report.layers[l].dead_units = dead_units(pass.encoding.activation[l + 1]);
    }
  }
  report.layers.back().units = options.model.spec.outputs;
}

// Memory, then weights, layer by layer; what is not finite afterwards is taken back.
void Learner::Impl::update_weights(const PhaseEnded& ended, const ForAll& for_all, StepReport& report) {
  undo.keep(state);
  if (options.self_tuned()) {
    self_tuned.add_batch(options, pass.encoding, targets, for_all, state, report);
    ended(Phase::memory);
    self_tuned.update_weights(options, pass.encoding, pass.update, for_all, state, report);
    ended(Phase::weights);
  } else if (options.learning.rule == Rule::am_mem) {
    fixed.memory_step(options, pass.encoding, pass.update, report.samples, ended, for_all, state, report);
  } else {
    fixed.local_step(in_force, pass.encoding, pass.update, samples_in_hand(), ended, for_all, state, report);
  }
  if (options.gradient_output()) {
    fixed.output_step(in_force, targets, pass.update, samples_in_hand(), pass.encoding, state, report);
  }
  follow_batch();
  report.undone = !may_be_kept(state);
  if (report.undone) {
    undo.put_back(state);
    ++state.undone;
    count_unlearned(report);
  } else {
    state.unlearned = 0;
    layers = report.layers;
  }
}

// The weights of answers under batch normalisation. Running statistics begin as plain means.
void Learner::Impl::follow_batch() {
  const double share = std::max(least_statistics_share, 1.0 / static_cast<double>(state.step));
  for (std::size_t l = 0; l < state.norms.size(); ++l) {
    if (!state.norms[l].there() || pass.encoding.logits.cols() < 2) continue;
    follow_statistics(batch_statistics[l], pass.encoding.logits.cols(), share, state.norms[l]);
  }
  fold_running(state.norms, state.network);
}

// Averages of the weights, and the twin.
void Learner::Impl::follow_weights(const ForAll& for_all, StepReport& report) {
  if (options.self_tuned()) {
    ServedSets& sets = state.tuning.sets;
    if (!report.undone) {
      add_losses(pass.losses, samples_in_hand(), sets);
      follow(state.network, samples_in_hand(), sets);
    }
    report.served = sets.served;
    report.recent_loss = sets.loss;
    report.step_fraction = sets.step_fraction();
  }
  if (!state.twin.there()) return;
  twin.learn(in_force, targets, for_all, state);
  if (!may_be_kept(state.twin)) state.twin = {};  // nothing to compare with
}

// A batch was skipped or its step undone.
void Learner::Impl::count_unlearned(StepReport& report) {
  report.layers = layers;
  report.unlearned = ++state.unlearned;
  if (state.unlearned % renewal_patience != 0) return;
  if (report.skipped && !state_is_at_fault(state, pass.encoding.activation[0], probe)) return;
  report.renewed = report.skipped || state.unlearned % (2 * renewal_patience) == 0 ? Renewal::weights : Renewal::memory;
  renew(options, report.renewed, state);
  ++state.renewals;
}

Learner::Learner(LearnerOptions options) : Learner(options, fresh_state(options)) {}

Learner::Learner(LearnerOptions options, LearnerState state) : impl_(std::make_unique<Impl>()) {
  impl_->state = resumed(options, std::move(state));
  impl_->options = impl_->in_force = std::move(options);
}

Learner::~Learner() = default;
Learner::Learner(Learner&&) noexcept = default;

StepReport Learner::step(const Batch& batch, const PhaseEnded& phase_ended, const ForAll& for_all) {
  Impl& my = *impl_;
  const PhaseEnded ended = phase_ended ? phase_ended : [](Phase) {};

  my.take_names(batch);
  my.prepare(batch.samples);
  encode(my.state.network, my.pass.encoding);
  ended(Phase::encode);
  my.test(batch.samples);
  my.update_codes(batch.samples);
  ended(Phase::codes);

  StepReport report = my.counted(batch);
  if (!my.learnable()) {
    ++my.state.skipped;
    report.skipped = true;
    my.count_unlearned(report);
    return report;
  }
  my.observe(batch.samples, report);
  my.update_weights(ended, for_all, report);
  my.follow_weights(for_all, report);
  if (my.state.step % my.options.evaluation.holdout_batches == 0) my.watch.score_kept(my.options, my.state);
  ended(Phase::output);
  return report;
}

void Learner::skip(const Batch& batch) {
  impl_->take_names(batch);
  impl_->counted(batch);
  ++impl_->state.skipped;
}

bool Learner::consolidate() {
  LearnerState& state = impl_->state;
  if (!state.consolidation.pending()) return false;
  altmind::consolidate(state.consolidation);
  state.twin = {};  // what was announced is kept whatever it costs
  restart(state.tuning);
  impl_->watch.begin_task(impl_->options, state.samples, state);
  return true;
}

const LearnerState& Learner::state() const {
  return impl_->state;
}

const LearnerOptions& Learner::options() const {
  return impl_->options;
}

const std::vector<LayerReport>& Learner::layers() const {
  return impl_->layers;
}

}  // namespace altmind
