#include "core/step/watch.hpp"

#include <algorithm>

#include "core/evaluate/holdout.hpp"
#include "core/features/feature_map.hpp"

namespace altmind {

namespace {

/// Drops protection: continues as the twins, which never had it, if there are any.
void let_go(std::vector<ArmStep>& arms, LearnerState& state) {
  for (std::size_t i = 0; i < arms.size(); ++i) {
    release(state.arms[i].protections);
    if (state.arms[i].twin.there() && arms[i].contribution.of_twin != nullptr) {
      arms[i].twin.adopt(state.arms[i], arms[i].contribution.pass);
    } else {  // no twin, or one that protection has made with this very batch
      state.arms[i].twin = {};
      restart(state.arms[i].tuning);
    }
  }
}

/// Carries out the configured reaction to a drift alarm, after `before` learned samples.
void react(Reaction reaction, std::uint64_t before, std::vector<ArmStep>& arms, LearnerState& state) {
  switch (reaction) {
    case Reaction::none:
      return;
    case Reaction::release:
      if (!state.protects()) return;
      note_released(state.consolidation);
      let_go(arms, state);
      return;
    case Reaction::forget:
      for (Arm& arm : state.arms) {
        arm.memory_since = before;
        arm.tuning.forgotten = arm.tuning.steps;
        arm.twin.tuning.forgotten = arm.twin.tuning.steps;
      }
      return;
  }
}

}  // namespace

std::vector<std::uint32_t> Watch::label(const LearnerOptions& options, const LearnerState& state, Values x) {
  const Matrix& logits = answer(options.model.spec, voices_of(options, state), x, kept_);
  std::vector<std::uint32_t> labels;
  for (Index i = 0; i < logits.cols(); ++i) {
    labels.push_back(most_probable(logits.col(i), known_classes(options, state)));
  }
  return labels;
}

void Watch::begin_task(const LearnerOptions& options, std::uint64_t before, LearnerState& state) {
  begin_concept(
      options.evaluation, before, 0, [&](Values x) { return label(options, state, x); }, state.holdout);
  state.drift.concept_at = before + 1;  // the detectors will detect it too
}

void Watch::score_kept(const LearnerOptions& options, LearnerState& state) {
  score([&](Values x) { return label(options, state, x); }, state.samples, state.step, state.holdout);
}

void Watch::protect(const LearnerOptions& options, const Answered& batch, std::uint64_t before,
                    std::vector<ArmStep>& arms, LearnerState& state, ConsolidationReport& report) {
  const Task task = options.model.spec.task;
  Consolidation& kept = state.consolidation;
  const bool protecting = state.protecting();
  const bool paired = state.paired();
  const double budget = regret_budget(task, arms.size());
  add(task, batch.scored, paired ? batch.of_twin : batch.scored, old_share(batch.scored, kept), kept.regret);
  report = judge(task, arms[0].contribution.pass.encoding.activation[0], batch.scored,
                 columns_change(batch.fits, batch.samples.features()), budget, state.arms[0].protections, kept, alarm_);
  const bool must_go = have_joined(kept) || too_dear(task, budget, kept.regret);
  if (paired && report.action != ConsolidationAction::released && must_go) {
    note_released(kept);
    let_go(arms, state);
    report.action = ConsolidationAction::yielded;
    return;
  }
  if (report.action == ConsolidationAction::none) return;
  if (report.action == ConsolidationAction::consolidated) {
    for (Arm& arm : state.arms) {
      consolidate(arm.protections);
      if (!protecting) arm.twin = twin_of(arm);
      const std::uint64_t averaged = arm.tuning.sets.averaged;
      restart(arm.tuning);
      // The first protected step can go far astray if inputs become active that were always 0. In regression one such
      // batch can cost more than the whole stream so far; averages that are not restarted absorb only part of it.
      if (task == Task::regression) arm.tuning.sets.averaged = averaged;
    }
  } else if (protecting) {
    let_go(arms, state);
  } else {
    for (Arm& arm : state.arms) release(arm.protections);
  }
  begin_task(options, before, state);
}

void Watch::observe(const LearnerOptions& options, Answered batch, std::vector<ArmStep>& arms, LearnerState& state,
                    StepReport& report) {
  const Task task = options.model.spec.task;
  const std::uint64_t before = state.samples - batch.samples.count;
  if (task == Task::regression) {  // bounds the influence of a single wrong target on both
    const double most = largest_loss(batch.scale);
    for (Score& score : batch.scored) score.loss = std::min(score.loss, most);
    for (Score& score : batch.of_twin) score.loss = std::min(score.loss, most);
  }
  if (state.protects()) {
    protect(options, batch, before, arms, state, report.consolidation);
  }
  const std::vector<double> losses =
      bounded_losses(task, bounded(batch.scale, batch.samples.targets()), batch.scored, state.drift.spread);
  report.alarms = detect(options.drift, losses, state.step, before, state.drift);
  for (const DriftAlarm& alarm : report.alarms) {
    if (!begins_concept(options.drift, alarm, state.drift)) continue;
    const std::uint64_t already = std::min(alarm.change.since, alarm.sample - before);
    begin_concept(
        options.evaluation, before, alarm.change.since - already, [&](Values x) { return label(options, state, x); },
        state.holdout);
    react(options.drift.reaction, before, arms, state);
  }
}

}  // namespace altmind
