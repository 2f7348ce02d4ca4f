#include "core/learner.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <stdexcept>

#include "core/activation.hpp"
#include "core/alarm.hpp"
#include "core/codes.hpp"
#include "core/feature_map.hpp"
#include "core/finite.hpp"
#include "core/fixed_step.hpp"
#include "core/loss.hpp"
#include "core/norms.hpp"
#include "core/predictor.hpp"
#include "core/renewal.hpp"
#include "core/self_tuned_step.hpp"
#include "core/served_scoring.hpp"
#include "core/target_scale.hpp"
#include "core/twin_step.hpp"
#include "core/undo.hpp"

namespace altmind {

namespace {

std::size_t dead_units(const Matrix& activation) {
  const Vector most = activation.rowwise().maxCoeff();
  return static_cast<std::size_t>((most.head(most.size() - 1).array() <= 0).count());
}

}  // namespace

struct Learner::Impl {
  LearnerOptions options;
  LearnerState state;
  std::vector<LayerReport> layers;  ///< of the last step, for snapshots

  // Buffers, not state: every step overwrites them before reading.
  Pass pass;
  Encoding& encoding = pass.encoding;
  CodeUpdate& update = pass.update;
  TwinStep twin;
  std::vector<Score> of_twin;
  FixedStep fixed;
  SelfTunedStep self_tuned;
  Undo undo;
  AlarmBuffers alarm;
  ServedScoring scoring;
  Encoding held;  ///< of samples kept for scoring

  Affine input_map(const Batch& batch) const {
    if (options.normaliser.kind == NormaliserKind::standardise && state.statistics.samples == 0) {
      Statistics own = state.statistics;  // the first batch is normalised with its own statistics
      add(options.model.spec, batch.samples.features(), own);
      return affine(options.normaliser, options.model.spec.inputs, own);
    }
    return affine(options.normaliser, options.model.spec.inputs, state.statistics);
  }

  std::shared_ptr<const Vocabularies> published_categories;  ///< state.categories as snapshots have them

  void grow(const std::vector<Category>& fresh) {
    for (const Category& category : fresh) state.categories[category.column].add(category.name);
    if (!fresh.empty()) published_categories.reset();
  }

  /// What the batch's targets are scaled by: statistics from before it, or the first batch's own.
  TargetScale scale_of(const Samples& samples) const {
    if (state.targets.samples > 0) return target_scale(state.targets);
    Statistics own = state.targets;
    add(samples.targets(), own);
    return target_scale(own);
  }

  /// Targets that are learned as they are; in place of what is no measurement the prediction, which teaches nothing.
  std::vector<float> possible(const std::vector<float>& target) const {
    std::vector<float> learned = target;
    for (std::size_t i = 0; i < target.size(); ++i) {
      if (std::abs(target[i]) > largest_input) learned[i] = encoding.logits.data()[i];
    }
    return learned;
  }

  /// Scores in the user's units.
  std::vector<Score> scored(const Samples& samples, const TargetScale& scale, const Targets& targets,
                            const Matrix& logits) const {
    return targets.task == Task::regression ? scores(scale, samples.targets(), logits) : scores(targets, logits);
  }

  Index classes() const {
    const SampleSpec& spec = options.model.spec;
    if (spec.task == Task::regression) return 0;
    return static_cast<Index>(spec.labels == LabelKind::named ? state.labels.size() : spec.outputs);
  }

  const Network& served() const {
    return options.self_tuned() ? state.tuning.sets.network(state.network) : state.network;
  }

  /// The most probable class of each of some samples by the weights that are served.
  std::vector<std::uint32_t> label(Values x) {
    const std::size_t inputs = options.model.spec.inputs;
    resize(state.network, static_cast<Index>(x.size() / inputs), held);
    apply(options.model.spec, affine(options.normaliser, inputs, state.statistics), x, held.activation[0]);
    encode(served(), held);
    std::vector<std::uint32_t> labels;
    for (Index i = 0; i < held.logits.cols(); ++i) {
      Index best = 0;
      held.logits.col(i).head(classes()).maxCoeff(&best);
      labels.push_back(static_cast<std::uint32_t>(best));
    }
    return labels;
  }

  /// A task that begins, announced or noticed, with the sample after `before`.
  void begin_task(std::uint64_t before) {
    begin_concept(
        options.evaluation, before, 0, [this](Values x) { return label(x); }, state.holdout);
    state.drift.concept_at = before + 1;  // the detectors will notice it too
  }

  /// Lets go of what was protected: the learner goes on as the one that never protected it, where there is one.
  void let_go() {
    if (state.twin.there()) {
      twin.adopt(state, pass);
    } else {
      restart(state.tuning);
    }
  }

  /// Shows the batch to the consolidated memory. changing: see `columns_change`.
  void protect(Task task, const std::vector<Score>& scored, bool changing, std::uint64_t before,
               ConsolidationReport& report) {
    Consolidation& kept = state.consolidation;
    const bool protecting = kept.protecting();
    const bool paired = state.twin.there();
    add(task, scored, paired ? of_twin : scored, old_share(scored, kept), kept.regret);
    report = judge(task, encoding.activation[0], scored, changing, kept, alarm);
    const bool must_go = have_joined(kept) || too_dear(task, kept.regret);
    if (paired && report.action != ConsolidationAction::released && must_go) {
      release(kept);
      let_go();
      report.action = ConsolidationAction::yielded;
      return;
    }
    if (report.action == ConsolidationAction::none) return;
    if (report.action == ConsolidationAction::consolidated) {
      if (!protecting) state.twin = twin_of(state);
      const std::uint64_t averaged = state.tuning.sets.averaged;
      restart(state.tuning);
      // The first protected step can go far astray where inputs begin that were always 0. Of a regression one such
      // batch can cost more than the stream has cost so far, and averages that go on take part of it only.
      if (task == Task::regression) state.tuning.sets.averaged = averaged;
    } else if (protecting) {
      let_go();
    }
    begin_task(before);
  }

  /// Shows the batch to the consolidated memory and to the drift detectors, before anything is learned from it.
  /// Of a regression neither is led by a single target, however wrong it is. fits: of the features.
  void watch(const Samples& samples, const std::vector<Fit>& fits, const TargetScale& scale, std::vector<Score> scored,
             StepReport& report) {
    const Task task = options.model.spec.task;
    const std::uint64_t before = state.samples - scored.size();
    if (task == Task::regression) {
      const double most = largest_loss(scale);
      for (Score& score : scored) score.loss = std::min(score.loss, most);
      for (Score& score : of_twin) score.loss = std::min(score.loss, most);
    }
    const auto label_all = [this](Values x) { return label(x); };
    if (!state.consolidation.layers.empty()) {
      protect(task, scored, columns_change(fits, samples.features()), before, report.consolidation);
    }
    const std::vector<double> bounded =
        bounded_losses(task, altmind::bounded(scale, samples.targets()), scored, state.drift.spread);
    report.alarms = detect(options.drift, bounded, state.step, before, state.drift);
    for (const DriftAlarm& drifted : report.alarms) {
      if (!begins_concept(options.drift, drifted, state.drift)) continue;
      const std::uint64_t already = std::min(drifted.change.since, drifted.sample - before);
      begin_concept(options.evaluation, before, drifted.change.since - already, label_all, state.holdout);
      react(before);
    }
  }

  /// What [drift] asks for at an alarm, `before` samples having been learned.
  void react(std::uint64_t before) {
    switch (options.drift.reaction) {
      case Reaction::none:
        return;
      case Reaction::release:
        if (state.consolidation.layers.empty()) return;
        release(state.consolidation);
        let_go();
        return;
      case Reaction::forget:
        state.memory_since = before;
        state.tuning.forgotten = state.tuning.steps;
        state.twin.tuning.forgotten = state.twin.tuning.steps;
        return;
    }
  }

  bool learnable(const std::vector<Score>& scored) const {
    for (const Score& score : scored) {
      if (!std::isfinite(score.loss)) return false;
    }
    if (!small_enough(encoding.logits) || !small_enough(encoding.activation[0])) return false;
    for (const Matrix& code : update.code) {
      if (!small_enough(code)) return false;
    }
    if (!options.gradient_output() && !small_enough(update.logits)) return false;
    for (const Matrix& code : encoding.code) {
      if (!small_enough(code)) return false;
    }
    return true;
  }

  /// A batch was skipped or its step undone.
  void count_unlearned(StepReport& report) {
    report.layers = layers;
    report.unlearned = ++state.unlearned;
    if (state.unlearned % renewal_patience != 0) return;
    if (report.skipped && !state_is_at_fault(state, encoding.activation[0], held)) return;
    report.renewed =
        report.skipped || state.unlearned % (2 * renewal_patience) == 0 ? Renewal::weights : Renewal::memory;
    renew(options, report.renewed, state);
    ++state.renewals;
  }
};

Learner::Learner(LearnerOptions options) : Learner(options, fresh_state(options)) {}

Learner::Learner(LearnerOptions options, LearnerState state) : impl_(std::make_unique<Impl>()) {
  LearnerState expected = fresh_state(options);
  if (const std::string text = mismatch(expected, state); !text.empty()) throw std::invalid_argument(text);
  state.network.activation = options.model.activation;  // of no shape: a changed one takes effect
  state.tuning.sets.brief.activation = state.tuning.sets.lasting.activation = options.model.activation;
  // A changed rule begins with fresh memories or moments; the weights stay.
  if (expected.memories.size() != state.memories.size()) state.memories = std::move(expected.memories);
  if (expected.moments.size() != state.moments.size()) state.moments = std::move(expected.moments);
  if (expected.output.first.size() != state.output.first.size()) state.output = std::move(expected.output);
  if (expected.norm_vectors.size() != state.norm_vectors.size()) state.norm_vectors = std::move(expected.norm_vectors);
  if (expected.consolidation.layers.size() != state.consolidation.layers.size()) {
    state.consolidation = std::move(expected.consolidation);
    state.twin = {};
  }
  if (expected.tuning.layers.size() != state.tuning.layers.size()) {
    state.tuning = fresh_tuning(options, state.network);
    state.twin = {};
  }
  impl_->options = std::move(options);
  impl_->state = std::move(state);
}

Learner::~Learner() = default;
Learner::Learner(Learner&&) noexcept = default;

bool Learner::consolidate() {
  LearnerState& state = impl_->state;
  if (!state.consolidation.pending()) return false;
  altmind::consolidate(state.consolidation);
  state.twin = {};  // what was announced is kept whatever it costs
  restart(state.tuning);
  impl_->begin_task(state.samples);
  return true;
}

const LearnerState& Learner::state() const {
  return impl_->state;
}
const LearnerOptions& Learner::options() const {
  return impl_->options;
}

void Learner::skip(const Batch& batch) {
  LearnerState& state = impl_->state;
  for (const std::string& name : batch.new_names) state.labels.add(name);
  impl_->grow(batch.new_categories);
  state.sequence = batch.last_sequence;
  ++state.step;
  ++state.skipped;
}

StepReport Learner::step(const Batch& batch, const PhaseEnded& phase_ended) {
  Impl& my = *impl_;
  LearnerState& state = my.state;
  const Samples& samples = batch.samples;
  const PhaseEnded ended = phase_ended ? phase_ended : [](Phase) {};
  const std::size_t hidden = state.network.hidden();
  const auto m = static_cast<Index>(samples.count);
  assert(samples.x.size() == samples.count * my.options.model.spec.inputs && "batch of another model");

  for (const std::string& name : batch.new_names) state.labels.add(name);
  my.grow(batch.new_categories);
  const SampleSpec& spec = my.options.model.spec;
  const bool scaled = state.targets.columns() > 0;
  const TargetScale scale = my.scale_of(samples);

  resize(state.network, m, my.encoding);
  const Affine map = my.input_map(batch);
  apply(spec, map, samples.features(), my.encoding.activation[0]);
  encode(state.network, my.encoding);
  ended(Phase::encode);

  const std::vector<float> learned =
      scaled ? to_network(scale, samples.targets(), my.encoding.logits) : my.possible(samples.target);
  const Targets targets{spec.task, samples.label, learned, my.classes()};
  const bool tuned = my.options.self_tuned();
  const Matrix& served = tuned
                             ? my.scoring.logits(targets, my.encoding, state.network, state.tuning.sets, my.pass.losses)
                             : my.encoding.logits;
  const bool scoreable =
      spec.task == Task::classification || state.samples > 0;  // else there was nothing to answer from
  const std::vector<Score> scored = my.scored(samples, scale, targets, served);
  const LearningOptions& learning = my.options.learning;
  const bool paper_regressors =  // the others do not read the activations of new codes
      learning.rule != Rule::am_mem || my.options.memory.regressors == Regressors::updated ||
      learning.output_at == OutputAt::updated;
  const bool paired = state.twin.there();
  if (paired) {
    const Matrix& answered = my.twin.look(my.options, my.encoding.activation[0], targets, paper_regressors, state.twin);
    my.of_twin = my.scored(samples, scale, targets, answered);
  }
  std::vector<Vector> norm_vectors = state.norm_vectors;
  update_codes(state.network, my.encoding, targets, learning, paper_regressors, norm_vectors, my.update);
  ended(Phase::codes);

  StepReport report;
  report.samples = samples.count;
  report.sequence = state.sequence = batch.last_sequence;
  report.step = ++state.step;
  if (!my.learnable(scored)) {
    ++state.skipped;
    report.skipped = true;
    my.count_unlearned(report);
    return report;
  }

  std::swap(state.norm_vectors, norm_vectors);
  if (paired && !my.twin.sound()) state.twin = {};
  state.samples += samples.count;
  if (my.options.normaliser.kind == NormaliserKind::standardise) add(spec, samples.features(), state.statistics);
  if (scaled) add(samples.targets(), state.targets);
  std::size_t correct = 0;
  for (const Score& score : scored) {
    if (scoreable) state.prequential.add(score);
    report.loss += score.loss;
    correct += score.correct ? 1 : 0;
  }
  my.watch(samples, map.fits, scale, scored, report);
  if (state.twin.there() && !paired) {  // protection begins with this batch
    state.twin.norm_vectors = std::move(norm_vectors);
    my.twin.look(my.options, my.encoding.activation[0], targets, paper_regressors, state.twin);
  }
  offer(my.options.evaluation, samples, state.samples - samples.count, state.holdout);
  report.loss /= static_cast<double>(m);
  report.accuracy = static_cast<double>(correct) / static_cast<double>(m);
  report.layers.resize(hidden + 1);
  for (std::size_t l = 0; l < hidden; ++l) {
    report.layers[l].units = static_cast<std::size_t>(my.encoding.code[l].rows());
    report.layers[l].residual_ratio = ratio(norm(my.update.code[l] - my.encoding.code[l]), norm(my.encoding.code[l]));
    if (state.network.activation == Activation::relu) {
      report.layers[l].dead_units = dead_units(my.encoding.activation[l + 1]);
    }
  }
  report.layers.back().units = my.options.model.spec.outputs;

  my.undo.keep(state);
  if (tuned) {
    my.self_tuned.add_batch(my.options, my.encoding, targets, state, report);
    ended(Phase::memory);
    my.self_tuned.update_weights(my.options, my.encoding, my.update, state, report);
    ended(Phase::weights);
  } else if (learning.rule == Rule::am_mem) {
    my.fixed.memory_step(my.options, my.encoding, my.update, samples.count, ended, state, report);
  } else {
    my.fixed.local_step(my.options, my.encoding, my.update, static_cast<double>(m), ended, state, report);
  }
  if (my.options.gradient_output()) {
    my.fixed.output_step(my.options, targets, my.update, static_cast<double>(m), my.encoding, state, report);
  }
  report.undone = !may_be_kept(state);
  if (report.undone) {
    my.undo.put_back(state);
    ++state.undone;
    my.count_unlearned(report);
  } else {
    state.unlearned = 0;
    my.layers = report.layers;
  }
  if (tuned && !report.undone) {
    ServedSets& sets = state.tuning.sets;
    add_losses(my.pass.losses, static_cast<double>(m), sets);
    follow(state.network, static_cast<double>(m), sets);
  }
  if (tuned) {
    const ServedSets& sets = state.tuning.sets;
    report.served = sets.served;
    report.recent_loss = sets.loss;
    report.boldness = sets.boldness();
  }
  if (state.twin.there()) {
    my.twin.learn(my.options, targets, state);
    if (!may_be_kept(state.twin)) state.twin = {};  // nothing to compare with
  }
  if (state.step % my.options.evaluation.holdout_batches == 0) {
    score([&my](Values x) { return my.label(x); }, state.samples, state.step, state.holdout);
  }
  ended(Phase::output);
  return report;
}

std::shared_ptr<const Snapshot> Learner::snapshot() const {
  Impl& my = *impl_;
  const ModelOptions& model = my.options.model;
  auto predictor = std::make_shared<Predictor>();
  predictor->map = affine(my.options.normaliser, model.spec.inputs, my.state.statistics);
  predictor->network = my.served();
  predictor->spec = model.spec;
  predictor->targets = target_scale(my.state.targets);
  predictor->classes = my.classes();

  auto snapshot = std::make_shared<Snapshot>();
  snapshot->name = model.name;
  snapshot->spec = model.spec;
  snapshot->step = my.state.step;
  snapshot->samples = my.state.samples;
  snapshot->sequence = my.state.sequence;
  snapshot->skipped = my.state.skipped;
  snapshot->undone = my.state.undone;
  snapshot->unlearned = my.state.unlearned;
  snapshot->renewals = my.state.renewals;
  snapshot->labels = my.state.labels;
  if (!my.published_categories) my.published_categories = std::make_shared<const Vocabularies>(my.state.categories);
  snapshot->categories = my.published_categories;
  snapshot->hidden = model.hidden;
  snapshot->layers = my.layers;
  const Consolidation& kept = my.state.consolidation;
  snapshot->consolidation = {!kept.layers.empty(), kept.protecting(), kept.classes != 0,
                             kept.consolidations,  kept.releases,     kept.novelty.pooled};
  if (my.options.self_tuned()) {
    const ServedSets& sets = my.state.tuning.sets;
    snapshot->served = sets.served;
    snapshot->recent_loss = sets.loss;
    snapshot->boldness = sets.boldness();
  }
  snapshot->prequential_whole = my.state.prequential.whole();
  snapshot->prequential_window = my.state.prequential.window();
  snapshot->class_samples = my.state.prequential.state().class_samples;
  snapshot->class_correct = my.state.prequential.state().class_correct;
  snapshot->drift = view(my.options.drift, my.state.drift);
  snapshot->holdout = view(my.options.evaluation, my.state.holdout);
  snapshot->predictor = std::move(predictor);
  return snapshot;
}

}  // namespace altmind
