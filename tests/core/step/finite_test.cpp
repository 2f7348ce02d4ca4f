// Non-finite numbers are detected at once and never stored, and a state that cannot learn is undone.

#include "core/step/finite.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <limits>

#include "core/linalg/blas.hpp"
#include "core/step/learner.hpp"
#include "core/step/renewal.hpp"
#include "tests/support/blobs.hpp"
#include "tests/support/fixed_rule.hpp"
#include "tests/support/state_bits.hpp"

using namespace altmind;

namespace {

constexpr Scalar not_a_number = std::numeric_limits<Scalar>::quiet_NaN();

LearnerOptions options_of(Rule rule, bool self_tuned) {
  use_one_blas_thread();
  LearnerOptions options = self_tuned ? LearnerOptions() : test::fixed_rule();
  options.model.spec = {Task::classification, LabelKind::index, 12, 4};
  options.model.hidden = {20, 16};
  options.learning.rule = rule;
  options.normaliser.kind = NormaliserKind::none;
  return options;
}

LearnerOptions self_tuned() {
  return options_of(Rule::am_mem, true);
}

double accuracy_after(int batches, Learner& learner, Random& random) {
  double accuracy = 0.0;
  for (int i = 0; i < batches; ++i) accuracy = learner.step(test::blobs(100, 12, 4, random)).accuracy;
  return accuracy;
}

}  // namespace

TEST_CASE("every part of a state that is not finite is found and named") {
  const auto found = [](const LearnerOptions& options, const std::function<void(LearnerState&)>& damage) {
    LearnerState state = fresh_state(options);
    CHECK(not_finite(state) == "");
    damage(state);
    return not_finite(state);
  };
  const LearnerOptions tuned = self_tuned();
  const LearnerOptions swept = options_of(Rule::am_mem, false);
  const LearnerOptions adam = options_of(Rule::am_adam, false);
  CHECK(found(tuned, [](LearnerState& s) { s.arms[0].network.weights[1](3, 2) = not_a_number; }) == "weight.1");
  CHECK(found(tuned, [](LearnerState& s) { s.arms[0].network.weights[0](0, 0) = -1.0F / 0.0F; }) == "weight.0");
  CHECK(found(tuned, [](LearnerState& s) { s.arms[0].tuning.layers[0].a(5, 1) = not_a_number; }) == "tuning.0.a");
  CHECK(found(tuned, [](LearnerState& s) { s.arms[0].tuning.layers[2].factor(5, 1) = not_a_number; }) ==
        "tuning.2.factor");
  CHECK(found(tuned, [](LearnerState& s) { s.arms[0].tuning.layers[1].step_ratio = not_a_number; }) ==
        "tuning.1.step_ratio_bits");
  CHECK(found(tuned, [](LearnerState& s) { s.arms[0].tuning.sets.slow.weights[1](0, 0) = not_a_number; }) ==
        "lasting.1");
  CHECK(found(tuned, [](LearnerState& s) { s.arms[0].tuning.sets.loss[2] = not_a_number; }) == "sets.2.loss_bits");
  CHECK(found(tuned, [](LearnerState& s) { s.arms[0].protections[0].pending(2, 1) = not_a_number; }) ==
        "consolidation.0.pending");
  CHECK(found(tuned, [](LearnerState& s) { s.consolidation.novelty.mean = not_a_number; }) == "novelty.mean_bits");
  CHECK(found(tuned, [](LearnerState& s) { s.arms[0].norm_vectors[0][3] = not_a_number; }) == "norm_vector.0");
  CHECK(found(swept, [](LearnerState& s) { s.arms[0].memories[1].b(3, 2) = not_a_number; }) == "memory.1.b");
  CHECK(found(adam, [](LearnerState& s) { s.arms[0].moments[0].second(3, 2) = not_a_number; }) == "moments.0.second");
  CHECK(found(adam, [](LearnerState& s) { s.arms[0].output.first(3, 2) = not_a_number; }) == "output.first");
}

TEST_CASE("a step that would leave what is finite is undone bit for bit, counted and scored") {
  for (const Rule rule : {Rule::am_sgd, Rule::am_adam, Rule::am_mem}) {
    for (const bool tuned : {false, true}) {
      if (tuned && rule != Rule::am_mem) continue;
      CAPTURE(static_cast<int>(rule));
      CAPTURE(tuned);
      LearnerOptions options = options_of(rule, tuned);
      Random random(1);
      Learner sound(options);
      for (int i = 0; i < 5; ++i) sound.step(test::blobs(50, 12, 4, random));
      // The next step overflows every weight.
      options.learning.output_rule = OutputRule::sgd;
      options.learning.output_rate = 1e38;
      LearnerState start = sound.state();
      start.arms[0].output = {};
      Learner learner(options, start);
      const Batch batch = test::blobs(50, 12, 4, random);
      const StepReport report = learner.step(batch);
      CHECK(report.undone);
      CHECK_FALSE(report.skipped);
      CHECK(report.unlearned == 1);
      const LearnerState& now = learner.state();
      CHECK(now.undone == 1);
      CHECK(now.samples == start.samples + 50);
      CHECK(now.prequential.state().samples == start.samples + 50);
      for (std::size_t l = 0; l < now.arms[0].network.weights.size(); ++l) {
        CHECK(test::same_matrix(now.arms[0].network.weights[l], start.arms[0].network.weights[l]));
      }
      for (std::size_t l = 0; l < now.arms[0].memories.size(); ++l) {
        CHECK(test::same_matrix(now.arms[0].memories[l].b, start.arms[0].memories[l].b));
      }
      for (std::size_t l = 0; l < now.arms[0].moments.size(); ++l) {
        CHECK(test::same_moments(now.arms[0].moments[l], start.arms[0].moments[l]));
      }
      CHECK(not_finite(now) == "");
      // No buffer keeps any of it: both continue identically, and learn again.
      options.learning.output_rate = 0.01;
      Learner resumed(options, now);
      Learner twin(options, now);
      Learner undone(std::move(learner));
      const Batch next = test::blobs(50, 12, 4, random);
      CHECK_FALSE(resumed.step(next).undone);
      twin.step(next);
      CHECK(resumed.state().unlearned == 0);
      CHECK(test::difference(resumed.state(), twin.state()) == "");
    }
  }
}

TEST_CASE("a step that is undone again and again: the memory begins anew, then the weights") {
  LearnerOptions options = options_of(Rule::am_mem, true);
  options.learning.output_rule = OutputRule::sgd;
  options.learning.output_rate = 1e38;
  Learner learner(options);
  Random random(2);
  for (std::uint64_t i = 1; i <= 2 * renewal_patience; ++i) {
    CAPTURE(i);
    const StepReport report = learner.step(test::blobs(20, 12, 4, random));
    REQUIRE(report.undone);
    CHECK(report.unlearned == i);
    const Renewal expected = i == renewal_patience       ? Renewal::memory
                             : i == 2 * renewal_patience ? Renewal::weights
                                                         : Renewal::none;
    CHECK(report.renewed == expected);
    if (i == renewal_patience) CHECK(learner.state().arms[0].tuning.steps == 0);
  }
  CHECK(learner.state().renewals == 2);
  CHECK(test::same_matrix(learner.state().arms[0].network.weights[0], fresh_state(options).arms[0].network.weights[0]));
  options.learning.output_rate = 0.05;
  Learner mended(options, learner.state());
  CHECK(accuracy_after(30, mended, random) > 0.9);
  CHECK(mended.state().unlearned == 0);
}

TEST_CASE("a state so large that every batch is skipped is left, one that is given such batches is not") {
  for (const bool averages : {false, true}) {
    CAPTURE(averages);
    const LearnerOptions options = self_tuned();
    Random random(3);
    LearnerState huge = Learner(options).state();
    if (averages) {
      for (Matrix& w : huge.arms[0].tuning.sets.slow.weights) w.setConstant(1e38F);
      huge.arms[0].tuning.sets.served = 2;
    } else {
      huge.arms[0].network.weights[1].setConstant(1e14F);
    }
    Learner learner(options, huge);
    StepReport report;
    for (std::uint64_t i = 0; i < renewal_patience; ++i) {
      REQUIRE(report.renewed == Renewal::none);
      report = learner.step(test::blobs(20, 12, 4, random));
      REQUIRE((report.skipped || report.undone));
    }
    CHECK(report.renewed != Renewal::none);
    CHECK(accuracy_after(30, learner, random) > 0.9);
    CHECK(learner.state().unlearned == 0);
    CHECK(not_finite(learner.state()) == "");
  }
  const LearnerOptions options = self_tuned();
  Random random(4);
  Learner learner(options);
  accuracy_after(30, learner, random);
  const Network before = learner.state().arms[0].network;
  for (const float size : {1e11F, 3e12F, 1e30F}) {
    for (std::uint64_t i = 0; i < 2 * renewal_patience; ++i) {
      Batch batch = test::blobs(20, 12, 4, random);
      for (float& x : batch.samples.x) x *= size;
      CHECK(learner.step(batch).renewed == Renewal::none);
    }
  }
  if (learner.state().skipped >= 6 * renewal_patience) {
    CHECK(test::same_matrix(learner.state().arms[0].network.weights[0], before.weights[0]));
  }
  CHECK(learner.state().renewals == 0);
}

TEST_CASE("a damping of nothing and a constant feature: everything stays finite and is learned") {
  for (const double damping : {0.0, 1e-12, 1e-9, 1e-4}) {
    for (const NormaliserKind kind : {NormaliserKind::none, NormaliserKind::standardise}) {
      for (const bool protect : {true, false}) {
        for (const std::size_t m : {1U, 50U}) {
          CAPTURE(damping);
          CAPTURE(static_cast<int>(kind));
          CAPTURE(protect);
          CAPTURE(m);
          LearnerOptions options = self_tuned();
          options.memory.damping = damping;
          options.normaliser.kind = kind;
          options.consolidation.enabled = protect;
          Learner learner(options);
          Random random(5);
          double right = 0.0;
          bool raised = false;
          const std::size_t batches = m == 1 ? 600 : 60;
          for (std::size_t i = 0; i < batches; ++i) {
            Batch batch = test::blobs(m, 12, 4, random);
            for (std::size_t s = 0; s < m; ++s) {
              batch.samples.x[s * 12 + 1] = 7.0F;                            // constant
              batch.samples.x[s * 12 + 2] = 0.0F;                            // never active
              batch.samples.x[s * 12 + 3] = 2.0F * batch.samples.x[s * 12];  // redundant
            }
            const StepReport report = learner.step(batch);
            REQUIRE_FALSE(report.skipped);
            REQUIRE_FALSE(report.undone);
            for (const LayerReport& layer : report.layers) raised = raised || layer.damping_raised;
            if (2 * i >= batches) right += report.accuracy;
            if (protect && i == batches / 2) learner.consolidate();
          }
          CHECK(not_finite(learner.state()) == "");
          CHECK(raised == (damping < 1e-7));
          CHECK(right / static_cast<double>(batches - batches / 2) > 0.7);
        }
      }
    }
  }
}

TEST_CASE("sums over very many samples go on taking in batches of one") {
  const LearnerOptions options = self_tuned();
  Random random(6);
  LearnerState state = [&] {
    Learner learner(options);
    for (int i = 0; i < 20; ++i) learner.step(test::blobs(50, 12, 4, random));
    return learner.state();
  }();
  for (Protection& layer : state.arms[0].protections) layer.pending *= 0x1p25F / 1000.0F;
  state.arms[0].tuning.steps += std::uint64_t{1} << 30;  // A also covers very many batches
  LearnerOptions endless = options;
  endless.memory.horizon.reset();
  Learner learner(endless, state);
  for (int i = 0; i < 10; ++i) learner.step(test::blobs(1, 12, 4, random));
  const double before = sample_count(learner.state().arms[0].protections[0].pending);
  const Matrix second = learner.state().arms[0].tuning.layers[0].a;
  for (int i = 0; i < 100; ++i) learner.step(test::blobs(1, 12, 4, random));
  CHECK(before < 0x1p21);
  CHECK(sample_count(learner.state().arms[0].protections[0].pending) == before + 100.0);
  CHECK_FALSE(test::same_matrix(learner.state().arms[0].tuning.layers[0].a, second));
  CHECK(batch_weight(1, std::uint64_t{1} << 40, {}) == least_weight);
  CHECK(batch_weight(1, 1000, {}) == 0.001);
}
