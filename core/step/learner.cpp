#include "core/step/learner.hpp"

#include <algorithm>
#include <utility>

#include "core/linalg/norms.hpp"
#include "core/step/contribution.hpp"
#include "core/step/fixed_step.hpp"
#include "core/step/normalised_pass.hpp"
#include "core/step/renewal.hpp"
#include "core/step/self_tuned_step.hpp"
#include "core/step/twin_step.hpp"
#include "core/step/undo.hpp"
#include "core/step/watch.hpp"

namespace altmind {

namespace {

constexpr double least_statistics_share = 0.1;  ///< minimum batch weight in running statistics of batch normalisation

std::size_t dead_units(const Matrix& activation) {
  const Vector most = activation.rowwise().maxCoeff();
  return static_cast<std::size_t>((most.head(most.size() - 1).array() <= 0).count());
}

}  // namespace

/// State, buffers and phases of a step.
struct Learner::Impl {
  explicit Impl(LearnerOptions given) : options(std::move(given)), contribution(options) {}

  LearnerOptions options;
  LearnerState state;
  std::vector<LayerReport> layers;  ///< of the last step that was not undone

  Contribution contribution;  ///< of the current batch

  TwinStep twin;
  FixedStep fixed;
  SelfTunedStep self_tuned;
  Undo undo;
  Watch watch;
  Encoding probe;  ///< buffer of `state_is_at_fault`

  void take_names(const Batch& batch);
  StepReport counted(const Batch& batch);
  void observe(const Samples& samples, StepReport& report);
  void update_weights(const PhaseEnded& ended, const ForAll& for_all, StepReport& report);
  void follow_batch();
  void follow_weights(const ForAll& for_all, StepReport& report);
  void count_unlearned(StepReport& report);
};

// Adds names in journal order, even for a skipped batch.
void Learner::Impl::take_names(const Batch& batch) {
  for (const std::string& name : batch.new_names) state.labels.add(name);
  if (batch.new_categories.empty()) return;
  auto categories = std::make_shared<Vocabularies>(*state.categories);
  for (const Category& category : batch.new_categories) (*categories)[category.column].add(category.name);
  state.categories = std::move(categories);
}

StepReport Learner::Impl::counted(const Batch& batch) {
  StepReport report;
  report.samples = batch.samples.count;
  report.sequence = state.sequence = batch.last_sequence;
  report.step = ++state.step;
  return report;
}

// Updates statistics, scores, detectors and the report with the batch, before anything is learned from it.
void Learner::Impl::observe(const Samples& samples, StepReport& report) {
  const bool answered = options.model.spec.task == Task::classification || state.samples > 0;  // else no basis
  std::swap(state.norm_vectors, contribution.norm_vectors);
  if (contribution.paired() && !twin.sound()) state.twin = {};
  state.samples += samples.count;
  if (options.normaliser.kind == NormaliserKind::standardise) {
    add(options.model.spec, samples.features(), state.statistics);
  }
  if (state.targets.columns() > 0) add(samples.targets(), state.targets);
  std::size_t correct = 0;
  for (const Score& score : contribution.scored) {
    if (answered) state.prequential.add(score);
    report.loss += score.loss;
    correct += score.correct ? 1 : 0;
  }
  watch.observe(options,
                {samples, contribution.map.fits, contribution.scale, contribution.scored, contribution.of_twin},
                contribution.pass, twin, state, report);
  if (state.twin.there() && !contribution.paired()) {  // protection begins with this batch
    state.twin.norm_vectors = std::move(contribution.norm_vectors);
    contribution.look(state, twin);
  }
  offer(options.evaluation, samples, state.samples - samples.count, state.holdout);
  report.loss /= contribution.samples_in_hand();
  report.accuracy = static_cast<double>(correct) / contribution.samples_in_hand();
  const std::size_t hidden = state.network.hidden();
  report.layers.resize(hidden + 1);
  for (std::size_t l = 0; l < hidden; ++l) {
    const Matrix& code = contribution.pass.encoding.code[l];
    const Layer& layer = state.network.layers[l];
    report.layers[l].units = static_cast<std::size_t>(layer.outputs);
    report.layers[l].residual_ratio = ratio(norm(contribution.pass.update.code[l] - code), norm(code));
    if (layer.activation == Activation::relu) {
      report.layers[l].dead_units = dead_units(contribution.pass.encoding.activation[l + 1]);
    }
  }
  report.layers.back().units = options.model.spec.outputs;
}

// Updates memory and weights of all layers; undoes the step if the result is not finite.
void Learner::Impl::update_weights(const PhaseEnded& ended, const ForAll& for_all, StepReport& report) {
  const double m = contribution.samples_in_hand();
  const Targets& targets = contribution.targets;
  const CodeUpdate& update = contribution.pass.update;
  Encoding& encoding = contribution.pass.encoding;
  undo.keep(state);
  if (options.self_tuned()) {
    self_tuned.add_batch(options, encoding, targets, for_all, state, report);
    ended(Phase::memory);
    self_tuned.update_weights(options, encoding, update, for_all, state, report);
    ended(Phase::weights);
  } else if (options.learning.rule == Rule::am_mem) {
    fixed.memory_step(options, encoding, update, report.samples, ended, for_all, state, report);
  } else {
    fixed.local_step(contribution.in_force, encoding, update, m, ended, for_all, state, report);
  }
  if (options.gradient_output()) {
    fixed.output_step(contribution.in_force, targets, update, m, encoding, state, report);
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

// Updates the prediction weights with batch normalisation. Running statistics start as plain means.
void Learner::Impl::follow_batch() {
  const double share = std::max(least_statistics_share, 1.0 / static_cast<double>(state.step));
  for (std::size_t l = 0; l < state.norms.size(); ++l) {
    if (!state.norms[l].there() || contribution.pass.encoding.logits.cols() < 2) continue;
    follow_statistics(contribution.batch_statistics[l], contribution.pass.encoding.logits.cols(), share,
                      state.norms[l]);
  }
  fold_running(state.norms, state.network);
}

// Updates the averages of the weights, and the twin.
void Learner::Impl::follow_weights(const ForAll& for_all, StepReport& report) {
  if (options.self_tuned()) {
    ServedSets& sets = state.tuning.sets;
    if (!report.undone) {
      add_losses(contribution.pass.losses, contribution.samples_in_hand(), sets);
      follow(state.network, contribution.samples_in_hand(), sets);
    }
    report.served = sets.served;
    report.recent_loss = sets.loss;
    report.step_fraction = sets.step_fraction();
  }
  if (!state.twin.there()) return;
  twin.learn(contribution.in_force, contribution.targets, for_all, state);
  if (!may_be_kept(state.twin)) state.twin = {};  // unusable for comparison
}

// Counts a batch that was skipped or whose step was undone; reinitialises parts of the state after too many.
void Learner::Impl::count_unlearned(StepReport& report) {
  report.layers = layers;
  report.unlearned = ++state.unlearned;
  if (state.unlearned % renewal_patience != 0) return;
  if (report.skipped && !state_is_at_fault(state, contribution.pass.encoding.activation[0], probe)) return;
  report.renewed = report.skipped || state.unlearned % (2 * renewal_patience) == 0 ? Renewal::weights : Renewal::memory;
  renew(options, report.renewed, state);
  ++state.renewals;
}

Learner::Learner(LearnerOptions options) : Learner(options, fresh_state(options)) {}

Learner::Learner(LearnerOptions options, LearnerState state) : impl_(std::make_unique<Impl>(std::move(options))) {
  impl_->state = resumed(impl_->options, std::move(state));
}

Learner::~Learner() = default;
Learner::Learner(Learner&&) noexcept = default;

StepReport Learner::step(const Batch& batch, const PhaseEnded& phase_ended, const ForAll& for_all) {
  Impl& my = *impl_;
  const PhaseEnded ended = phase_ended ? phase_ended : [](Phase) {};

  my.take_names(batch);
  my.contribution.prepare(my.state, batch.samples);
  my.contribution.encode(my.state);
  ended(Phase::encode);
  my.contribution.test(my.state, batch.samples, my.twin);
  my.contribution.update_codes(my.state, batch.samples);
  ended(Phase::codes);

  StepReport report = my.counted(batch);
  if (!my.contribution.learnable()) {
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
  state.twin = {};  // an announced task is protected whatever it costs
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
