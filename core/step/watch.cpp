#include "core/step/watch.hpp"

#include <algorithm>

#include "core/evaluate/holdout.hpp"
#include "core/features/feature_map.hpp"

namespace altmind {

namespace {

/// Drops protection: continues as the twin, which never had it, if there is one.
void let_go(Pass& pass, TwinStep& twin, LearnerState& state) {
  if (state.twin.there()) {
    twin.adopt(state, pass);
  } else {
    restart(state.tuning);
  }
}

/// Carries out the configured reaction to a drift alarm, after `before` learned samples.
void react(Reaction reaction, std::uint64_t before, Pass& pass, TwinStep& twin, LearnerState& state) {
  switch (reaction) {
    case Reaction::none:
      return;
    case Reaction::release:
      if (state.consolidation.layers.empty()) return;
      release(state.consolidation);
      let_go(pass, twin, state);
      return;
    case Reaction::forget:
      state.memory_since = before;
      state.tuning.forgotten = state.tuning.steps;
      state.twin.tuning.forgotten = state.twin.tuning.steps;
      return;
  }
}

}  // namespace

std::vector<std::uint32_t> Watch::label(const LearnerOptions& options, const LearnerState& state, Values x) {
  const SampleSpec& spec = options.model.spec;
  resize(state.network, static_cast<Index>(x.size() / spec.inputs), kept_);
  apply(spec, affine(options.normaliser, spec.inputs, state.statistics), x, kept_.activation[0]);
  encode(served(options, state), kept_);
  std::vector<std::uint32_t> labels;
  for (Index i = 0; i < kept_.logits.cols(); ++i) {
    labels.push_back(most_probable(kept_.logits.col(i), known_classes(options, state)));
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

void Watch::protect(const LearnerOptions& options, const Answered& batch, std::uint64_t before, Pass& pass,
                    TwinStep& twin, LearnerState& state, ConsolidationReport& report) {
  const Task task = options.model.spec.task;
  Consolidation& kept = state.consolidation;
  const bool protecting = kept.protecting();
  const bool paired = state.twin.there();
  add(task, batch.scored, paired ? batch.of_twin : batch.scored, old_share(batch.scored, kept), kept.regret);
  report = judge(task, pass.encoding.activation[0], batch.scored, columns_change(batch.fits, batch.samples.features()),
                 kept, alarm_);
  const bool must_go = have_joined(kept) || too_dear(task, kept.regret);
  if (paired && report.action != ConsolidationAction::released && must_go) {
    release(kept);
    let_go(pass, twin, state);
    report.action = ConsolidationAction::yielded;
    return;
  }
  if (report.action == ConsolidationAction::none) return;
  if (report.action == ConsolidationAction::consolidated) {
    if (!protecting) state.twin = twin_of(state);
    const std::uint64_t averaged = state.tuning.sets.averaged;
    restart(state.tuning);
    // The first protected step can go far astray if inputs become active that were always 0. In regression one such
    // batch can cost more than the whole stream so far; averages that are not restarted absorb only part of it.
    if (task == Task::regression) state.tuning.sets.averaged = averaged;
  } else if (protecting) {
    let_go(pass, twin, state);
  }
  begin_task(options, before, state);
}

void Watch::observe(const LearnerOptions& options, Answered batch, Pass& pass, TwinStep& twin, LearnerState& state,
                    StepReport& report) {
  const Task task = options.model.spec.task;
  const std::uint64_t before = state.samples - batch.samples.count;
  if (task == Task::regression) {  // bounds the influence of a single wrong target on both
    const double most = largest_loss(batch.scale);
    for (Score& score : batch.scored) score.loss = std::min(score.loss, most);
    for (Score& score : batch.of_twin) score.loss = std::min(score.loss, most);
  }
  if (!state.consolidation.layers.empty()) {
    protect(options, batch, before, pass, twin, state, report.consolidation);
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
    react(options.drift.reaction, before, pass, twin, state);
  }
}

}  // namespace altmind
