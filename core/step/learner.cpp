#include "core/step/learner.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/features/feature_map.hpp"
#include "core/model/mixture.hpp"
#include "core/step/answer.hpp"
#include "core/step/arm_report.hpp"
#include "core/step/arm_step.hpp"
#include "core/step/prepared_batch.hpp"
#include "core/step/renewal.hpp"
#include "core/step/watch.hpp"

namespace altmind {

namespace {

double median_loss(const std::vector<Score>& scored) {
  std::vector<double> losses;
  for (const Score& score : scored) losses.push_back(score.loss);
  const auto middle = losses.begin() + static_cast<std::ptrdiff_t>(losses.size() / 2);
  std::nth_element(losses.begin(), middle, losses.end());
  return *middle;
}

}  // namespace

/// State, buffers and phases of a step.
struct Learner::Impl {
  explicit Impl(LearnerOptions given) : options(std::move(given)), prepared(options) {
    for (std::size_t i = 0; i < options.arms(); ++i) arms.emplace_back(prepared, options, i);
  }

  LearnerOptions options;
  LearnerState state;
  std::vector<LayerReport> layers;  ///< of the last step that was not undone

  PreparedBatch prepared;
  std::vector<ArmStep> arms;    ///< one per arm
  std::vector<Score> scored;    ///< of the arms' mixture, in the user's units
  std::vector<Score> of_twins;  ///< of that of their twins; empty if there were none before the batch
  Matrix mixed;                 ///< buffer
  Watch watch;
  Encoding probe;  ///< buffer of `arm_is_at_fault`

  template <typename Work>
  void each_arm(const ForAll& for_all, const Work& work);
  void take_names(const Batch& batch);
  void prepare(const Samples& samples);
  void test(const Samples& samples, const ForAll& for_all);
  bool learnable() const;
  double samples_in_hand() const { return arms[0].contribution.samples_in_hand(); }
  StepReport counted(const Batch& batch);
  void observe(const Samples& samples, StepReport& report);
  void add_arm_losses();
  void look_at_twins(const Samples& samples);
  void update_weights(const PhaseEnded& ended, const ForAll& for_all, StepReport& report);
  void follow_weights(const ForAll& for_all, StepReport& report);
  void count_unlearned(StepReport& report);
};

// Calls work(i, for_all) for every arm: on several threads if there are several arms, else the arm's layers are.
template <typename Work>
void Learner::Impl::each_arm(const ForAll& for_all, const Work& work) {
  if (arms.size() == 1) return work(0, for_all);
  for_all(arms.size(), [&](std::size_t i) { work(i, ForAll(one_by_one)); });
}

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

void Learner::Impl::prepare(const Samples& samples) {
  prepared.prepare(state, samples);
  for (ArmStep& arm : arms) arm.contribution.prepare(state, samples, arms[0].contribution);
}

// Scores every arm, then the mixture of what they predict.
void Learner::Impl::test(const Samples& samples, const ForAll& for_all) {
  each_arm(for_all, [&](std::size_t i, const ForAll&) { arms[i].contribution.test(state, samples, arms[i].twin); });
  const auto score_mixture = [&](const Matrix* Contribution::*logits) {
    std::vector<const Matrix*> all;
    for (const ArmStep& arm : arms) all.push_back(arm.contribution.*logits);
    mix(options.model.spec.task, prepared.classes, mixture_weights(options, state), all, mixed);
    return prepared.score(samples, mixed);
  };
  scored = arms.size() == 1 ? arms[0].contribution.scored : score_mixture(&Contribution::answered);
  of_twins.clear();
  if (!state.paired()) return;
  of_twins =
      arms.size() == 1 ? prepared.score(samples, *arms[0].contribution.of_twin) : score_mixture(&Contribution::of_twin);
}

bool Learner::Impl::learnable() const {
  return std::all_of(scored.begin(), scored.end(), [](const Score& score) { return std::isfinite(score.loss); }) &&
         std::all_of(arms.begin(), arms.end(), [](const ArmStep& arm) { return arm.contribution.learnable(); });
}

// Updates statistics, scores, detectors and the report with the batch, before anything is learned from it.
void Learner::Impl::observe(const Samples& samples, StepReport& report) {
  const bool answered = options.model.spec.task == Task::classification || state.samples > 0;  // else no basis
  bool sound = true;
  for (std::size_t i = 0; i < arms.size(); ++i) {
    std::swap(state.arms[i].norm_vectors, arms[i].contribution.norm_vectors);
    sound = sound && (of_twins.empty() || arms[i].twin.sound());
  }
  if (!sound) {
    for (Arm& arm : state.arms) arm.twin = {};
  }
  state.samples += samples.count;
  if (options.normaliser.kind == NormaliserKind::standardise) {
    add(options.model.spec, samples.features(), state.statistics);
  }
  if (state.fourier.columns() > 0) {
    prepared.scale_changed = add_to_scale(options.model.spec, samples.features(), state.statistics, state.fourier);
  }
  if (state.targets.columns() > 0) add(samples.targets(), state.targets);
  std::size_t correct = 0;
  for (const Score& score : scored) {
    if (answered) state.prequential.add(score);
    report.loss += score.loss;
    correct += score.correct ? 1 : 0;
  }
  if (answered) add_arm_losses();
  watch.observe(options, {samples, prepared.maps.map.fits, prepared.scale, scored, of_twins}, arms, state, report);
  if (state.paired() && of_twins.empty()) {  // protection begins with this batch
    for (std::size_t i = 0; i < arms.size(); ++i) {
      state.arms[i].twin.norm_vectors = std::move(arms[i].contribution.norm_vectors);
      arms[i].contribution.look(state, arms[i].twin);
    }
  }
  offer(options.evaluation, samples, state.samples - samples.count, state.holdout);
  report.loss /= samples_in_hand();
  report.accuracy = static_cast<double>(correct) / samples_in_hand();
  arms[0].report_codes(state.arms[0]);
  for (std::size_t i = 1; i < arms.size(); ++i) arms[i].layers.assign(state.arms[i].network.weights.size(), {});
}

// Adds the batch to the losses that decide the arms' weights.
void Learner::Impl::add_arm_losses() {
  if (arms.size() == 1) return;
  std::vector<double> sums;
  for (const Arm& arm : state.arms) sums.push_back(arm.loss_sum);
  const Task task = options.model.spec.task;
  const double level =
      state.loss_count > 0 ? least_loss(sums, state.loss_count) : median_loss(arms[0].contribution.scored);
  for (std::size_t i = 0; i < arms.size(); ++i) {
    std::vector<Score> counted = arms[i].contribution.scored;
    if (task == Task::regression) {  // bounds the influence of a single wrong target
      for (Score& score : counted) score.loss = std::min(score.loss, largest_loss(prepared.scale));
    }
    state.arms[i].loss_sum = add_losses(task, counted, level, sums[i]);
  }
  state.loss_count = add_count(samples_in_hand(), state.loss_count);
}

// Updates memory and weights of all layers; undoes an arm's step if the result is not finite.
void Learner::Impl::update_weights(const PhaseEnded& ended, const ForAll& for_all, StepReport& report) {
  if (options.self_tuned()) {
    each_arm(for_all, [&](std::size_t i, const ForAll& inner) { arms[i].learn_memory(inner, state, state.arms[i]); });
    ended(Phase::memory);
    each_arm(for_all, [&](std::size_t i, const ForAll& inner) { arms[i].learn_weights(inner, state, state.arms[i]); });
    ended(Phase::weights);
  } else {
    arms[0].learn_fixed(ended, for_all, state, state.arms[0]);
  }
  each_arm(for_all, [&](std::size_t i, const ForAll&) { arms[i].finish(state, state.arms[i]); });
  report.undone = std::any_of(arms.begin(), arms.end(), [](const ArmStep& arm) { return arm.undone; });
  report.layers = arms[0].layers;
  if (report.undone) {
    ++state.undone;
    count_unlearned(report);
  } else {
    state.unlearned = 0;
    layers = report.layers;
  }
}

// Updates the averages of the weights, and the twins.
void Learner::Impl::follow_weights(const ForAll& for_all, StepReport& report) {
  if (report.renewed == Renewal::none) {  // else the losses are of other weights
    each_arm(for_all, [&](std::size_t i, const ForAll& inner) { arms[i].follow(inner, state, state.arms[i]); });
  }
  const auto usable = [](const Arm& arm) { return may_be_kept(arm.twin); };
  if (state.paired() && !std::all_of(state.arms.begin(), state.arms.end(), usable)) {
    for (Arm& arm : state.arms) arm.twin = {};
  }
  if (options.self_tuned()) report.arms = arm_reports(options, state);
}

// Counts a batch that was skipped or whose step was undone; reinitialises parts of the state after too many.
void Learner::Impl::count_unlearned(StepReport& report) {
  report.layers = layers;
  report.unlearned = ++state.unlearned;
  if (state.unlearned % renewal_patience != 0) return;
  std::vector<bool> at_fault;
  for (std::size_t i = 0; i < arms.size(); ++i) {
    at_fault.push_back(report.skipped
                           ? arm_is_at_fault(state.arms[i], arms[i].contribution.pass.encoding.activation[0], probe)
                           : arms[i].undone);
  }
  if (std::find(at_fault.begin(), at_fault.end(), true) == at_fault.end()) return;
  report.renewed = report.skipped || state.unlearned % (2 * renewal_patience) == 0 ? Renewal::weights : Renewal::memory;
  renew(options, report.renewed, at_fault, state);
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
  my.prepare(batch.samples);
  my.each_arm(for_all, [&](std::size_t i, const ForAll&) { my.arms[i].contribution.encode(my.state); });
  ended(Phase::encode);
  my.test(batch.samples, for_all);
  my.each_arm(for_all,
              [&](std::size_t i, const ForAll&) { my.arms[i].contribution.update_codes(my.state, batch.samples); });
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
  if (!pending(state.arms[0].protections)) return false;
  note_consolidated(state.consolidation);
  for (Arm& arm : state.arms) {
    altmind::consolidate(arm.protections);
    arm.twin = {};  // an announced task is protected whatever it costs
    restart(arm.tuning);
  }
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
