// The learner's reactions to drift.

#include <doctest/doctest.h>

#include "core/linalg/blas.hpp"
#include "core/serve/publish.hpp"
#include "core/step/learner.hpp"
#include "tests/support/blobs.hpp"
#include "tests/support/fixed_rule.hpp"
#include "tests/support/state_bits.hpp"

using namespace altmind;

namespace {

LearnerOptions watched(Reaction reaction = Reaction::none) {
  use_one_blas_thread();
  LearnerOptions options = test::fixed_rule();
  options.model.spec = {Task::classification, LabelKind::index, 12, 4};
  options.model.hidden = {20, 16};
  options.memory.horizon = std::nullopt;  // a plain mean: samples before a drift are never forgotten
  options.drift.reaction = reaction;
  return options;
}

/// Blobs whose labels all shift by one from sample 10,000 on.
struct Relabelled {
  Random random{5};
  std::uint64_t samples = 0;

  Batch next(std::size_t m = 100) {
    Batch batch = test::blobs(m, 12, 4, random);
    if (samples >= 10'000) {
      for (std::uint32_t& label : batch.samples.label) label = (label + 1) % 4;
    }
    batch.last_sequence = samples += m;
    return batch;
  }
};

}  // namespace

TEST_CASE("an alarm comes soon after labels are permuted, with evidence, in the report and in the snapshot") {
  Learner learner(watched());
  Relabelled stream;
  std::vector<DriftAlarm> alarms;
  while (stream.samples < 11'000) {
    const StepReport report = learner.step(stream.next());
    alarms.insert(alarms.end(), report.alarms.begin(), report.alarms.end());
    for (const DriftAlarm& alarm : report.alarms) CHECK(alarm.step == report.step);
  }
  REQUIRE(alarms.size() == 2);
  for (const DriftAlarm& alarm : alarms) {
    CHECK(alarm.sample > 10'000);
    CHECK(alarm.sample < 10'300);
    CHECK(alarm.change.before < 0.1);
  }
  CHECK(snapshot_of(learner)->drift.alarms == alarms);
  CHECK(learner.state().arms[0].memory_since == 0);
}

TEST_CASE("watching the stream and keeping samples for scoring changes no weight") {
  LearnerOptions options = watched();
  options.evaluation.holdout_per_concept = 40;
  options.evaluation.holdout_batches = 7;
  LearnerOptions blind = watched();
  blind.drift.page_hinkley = blind.drift.adwin = false;
  Learner learner(options);
  Learner other(blind);
  Relabelled stream;
  Relabelled same;
  while (stream.samples < 13'000) {
    learner.step(stream.next());
    CHECK(other.step(same.next()).alarms.empty());
  }
  LearnerState state = learner.state();
  CHECK(state.drift.counts[0].alarms > 0);
  state.drift = other.state().drift;
  state.holdout = other.state().holdout;
  CHECK(test::difference(state, other.state()) == "");
}

TEST_CASE("to forget shortens a long memory at an alarm, so that the new concept is learned sooner") {
  Learner keeping(watched());
  Learner forgetting(watched(Reaction::forget));
  Relabelled stream;
  Relabelled same;
  double kept = 0.0;
  double forgot = 0.0;
  while (stream.samples < 20'000) {
    const StepReport one = keeping.step(stream.next());
    const StepReport two = forgetting.step(same.next());
    if (stream.samples <= 10'000) continue;
    kept += one.loss;
    forgot += two.loss;
  }
  CHECK(forgetting.state().arms[0].memory_since >= 10'000);
  CHECK(forgetting.state().arms[0].memory_since < 10'300);
  CHECK(forgot < kept);
}

TEST_CASE("to release lets go of what self-tuned steps protect, and the new concept is learned") {
  LearnerOptions options = watched(Reaction::release);
  options.learning = {};
  options.memory = {};
  options.learning.batch_size = 32;
  Learner learner(options);
  Relabelled stream;
  while (stream.samples < 7'000) learner.step(stream.next());  // longer ago than the cool-down
  learner.consolidate();
  while (stream.samples < 20'000) learner.step(stream.next());
  CHECK_FALSE(learner.state().protecting());
  CHECK(learner.state().consolidation.releases > 0);
  CHECK(snapshot_of(learner)->prequential_window.accuracy > 0.8);
}

TEST_CASE("an announced boundary begins a concept, and the alarm at its other labels does not let go of the old one") {
  LearnerOptions options = watched(Reaction::release);
  options.learning = {};
  options.memory = {};
  options.evaluation.holdout_per_concept = 50;
  options.evaluation.holdout_batches = 10;
  Learner learner(options);
  Relabelled stream;
  while (stream.samples < 10'000) learner.step(stream.next());
  REQUIRE(learner.consolidate());
  REQUIRE(learner.state().holdout.concepts.size() == 2);
  CHECK(learner.state().holdout.concepts[0].ended == 10'000);
  std::size_t alarms = 0;
  while (stream.samples < 10'500) alarms += learner.step(stream.next()).alarms.size();
  CHECK(alarms > 0);
  CHECK(learner.state().consolidation.releases == 0);
  CHECK(learner.state().protecting());
  CHECK(learner.state().holdout.concepts.size() == 2);
}

TEST_CASE("the memory that forgot is the plain mean of the samples since") {
  Learner learner(watched(Reaction::forget));
  Relabelled stream;
  while (learner.state().arms[0].memory_since == 0) learner.step(stream.next());
  const std::uint64_t before = learner.state().arms[0].memory_since;
  // A fresh memory fed the same batches has the same A, since that of the first layer depends only on the inputs.
  Relabelled again;
  while (again.samples < before) again.next();
  Learner fresh(watched());
  while (again.samples < stream.samples) fresh.step(again.next());
  const Matrix difference = learner.state().arms[0].memories[0].a - fresh.state().arms[0].memories[0].a;
  CHECK(difference.cwiseAbs().maxCoeff() < 1e-5F);
}

TEST_CASE("kept samples show that the old concept is forgotten while the new one is learned") {
  LearnerOptions options = watched();
  options.evaluation.holdout_per_concept = 100;
  options.evaluation.holdout_batches = 10;
  Learner learner(options);
  Relabelled stream;
  while (stream.samples < 40'000) learner.step(stream.next());
  const HoldoutView held = snapshot_of(learner)->holdout;
  REQUIRE(held.concepts.size() == 2);
  CHECK(held.concepts[0].ended <= 10'000 + 32);
  CHECK(held.concepts[0].accuracy_at_end > 0.9);
  CHECK(held.concepts[0].accuracy < 0.3);
  CHECK(held.concepts[1].accuracy > 0.7);
  CHECK(held.backward_transfer < -0.6);
  CHECK(held.accuracy < 0.65);
}

TEST_CASE("accuracy on kept samples is that of the snapshot's predictions") {
  LearnerOptions options = watched();
  options.evaluation.holdout_per_concept = 50;
  options.evaluation.holdout_batches = 4;
  options.normaliser.kind = NormaliserKind::standardise;
  Learner learner(options);
  Relabelled stream;
  for (int i = 0; i < 8; ++i) learner.step(stream.next(20));
  const HeldConcept& held = learner.state().holdout.concepts[0];
  const Predictions predictions = snapshot_of(learner)->predict(held.x);
  double right = 0.0;
  for (std::size_t i = 0; i < predictions.count; ++i) right += predictions.label[i] == held.label[i] ? 1.0 : 0.0;
  CHECK(held.accuracy == right / static_cast<double>(predictions.count));
  CHECK(held.accuracy > 0.0);
}

TEST_CASE("drift of a regression is found by its bounded loss") {
  LearnerOptions options = watched();
  options.model.spec = {Task::regression, LabelKind::index, 5, 2};
  Learner learner(options);
  Random random(1);
  const auto learn = [&](float scale) {
    Batch batch = test::linear_map(100, 5, 2, random);
    for (float& target : batch.samples.target) target *= scale;
    return learner.step(batch);
  };
  for (int i = 0; i < 400; ++i) CHECK(learn(1.0F).alarms.empty());
  std::size_t alarms = 0;
  for (int i = 0; i < 10; ++i) alarms += learn(-1.0F).alarms.size();
  CHECK(alarms == 2);
}
