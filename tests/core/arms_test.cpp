// Several learners side by side: each learns as if it were alone, and what they predict is mixed.

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "core/linalg/blas.hpp"
#include "core/serve/publish.hpp"
#include "core/step/default_arms.hpp"
#include "core/step/learner.hpp"
#include "tests/support/blobs.hpp"
#include "tests/support/state_bits.hpp"

using namespace altmind;

namespace {

const std::vector<ArmOptions> three = {{0.2, 1.0, 0, 0}, {0.6, 4.0, 0, 1000}, {0.3, 1.0, 16, 7}};

LearnerOptions with_arms(std::vector<ArmOptions> arms, bool consolidation = false) {
  use_one_blas_thread();
  LearnerOptions options;
  options.model.spec = {Task::classification, LabelKind::index, 6, 3};
  options.model.hidden = {14, 10};
  options.normaliser.kind = NormaliserKind::standardise;
  options.consolidation.enabled = consolidation;
  options.learning.arms = std::move(arms);
  return options;
}

/// A batch of a task whose classes lie elsewhere for every `number`.
Batch task(int number, Random& random, std::size_t m = 20) {
  Batch batch = test::blobs(m, 6, 3, random);
  for (std::size_t i = 0; i < batch.samples.x.size(); ++i) {
    if (number > 0) batch.samples.x[i] = i % 6 < 3 ? 4.0F * batch.samples.x[i] + 9.0F : -batch.samples.x[i];
  }
  return batch;
}

}  // namespace

TEST_CASE("every arm learns as it would alone, and the mixture of what they predict is scored and served") {
  Learner together(with_arms(three));
  std::vector<Learner> alone;
  for (const ArmOptions& arm : three) alone.emplace_back(with_arms({arm}));
  Random random(2);
  std::vector<double> sums(3, 0.0);
  for (int step = 0; step < 60; ++step) {
    const Batch batch = test::blobs(20, 6, 3, random);
    // What is served before the batch is learned, as the weighted mean of the lone learners' probabilities.
    if (step > 0) {
      const Predictions served = snapshot_of(together)->predict(batch.samples.features());
      std::vector<double> expected(served.values.size(), 0.0);
      double total = 0.0;
      for (std::size_t i = 0; i < 3; ++i) {
        const double weight = std::exp(-0.04 * sums[i]);
        const Predictions one = snapshot_of(alone[i])->predict(batch.samples.features());
        for (std::size_t k = 0; k < expected.size(); ++k) expected[k] += weight * one.values[k];
        total += weight;
      }
      for (std::size_t k = 0; k < expected.size(); ++k) {
        CHECK(static_cast<double>(served.values[k]) == doctest::Approx(expected[k] / total).epsilon(1e-4));
      }
    }
    const StepReport report = together.step(batch);
    double loss = 0.0, total = 0.0;
    std::vector<StepReport> reports;
    for (std::size_t i = 0; i < 3; ++i) {
      total += std::exp(-0.04 * sums[i]);
      reports.push_back(alone[i].step(batch));
      loss += std::exp(-0.04 * sums[i]) * reports[i].loss;
    }
    CHECK(report.loss <= loss / total + 1e-6);  // the logarithm is concave (Jensen)
    for (std::size_t i = 0; i < 3; ++i) {
      sums[i] = std::pow(1.0 - 1.0 / 500.0, 20.0) * (sums[i] + 20.0 * reports[i].loss);
      CHECK(together.state().arms[i].loss_sum == doctest::Approx(sums[i]).epsilon(1e-6));
    }
  }
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t l = 0; l < 3; ++l) {
      CHECK(
          test::same_matrix(together.state().arms[i].network.weights[l], alone[i].state().arms[0].network.weights[l]));
    }
  }
  CHECK_FALSE(
      test::same_matrix(together.state().arms[0].network.weights[0], together.state().arms[1].network.weights[0]));
  CHECK(together.state().arms[2].network.weights[0].cols() == 6 + 16 + 1);
}

TEST_CASE("codes go the arm's reach at every batch size, and its step fraction does not adapt") {
  for (const std::size_t m : {1U, 20U, 200U}) {
    Learner learner(with_arms({{0.4, 1.0, 0, 0}}));
    Random random(5);
    for (int step = 0; step < 30; ++step) {
      const StepReport report = learner.step(test::blobs(m, 6, 3, random));
      CHECK(report.arms[0].reach == 0.4);
      // Of the first layer, which no layer below has moved: gain = reach / sqrt(step ratio).
      const double ratio = learner.state().arms[0].tuning.layers[0].step_ratio;
      CHECK(report.layers[0].gain == doctest::Approx(0.4 / std::max(std::sqrt(ratio), 0.001)));
    }
  }
}

TEST_CASE("an arm's damping is a multiple of that by the spectrum") {
  Learner plain(with_arms({{0.2, 1.0, 0, 0}})), damped(with_arms({{0.2, 4.0, 0, 0}}));
  Random random(5);
  const Batch batch = test::blobs(50, 6, 3, random);
  const StepReport one = plain.step(batch), other = damped.step(batch);
  CHECK(other.layers[0].damping == doctest::Approx(4.0 * one.layers[0].damping).epsilon(1e-6));
}

TEST_CASE("an alarm is judged once and acts in all arms, which get and lose their twins together") {
  Learner learner(with_arms(three, true));
  Random random(9);
  int consolidated = 0;
  const auto together = [&] {
    for (const Arm& arm : learner.state().arms) {
      CHECK(protecting(arm.protections) == learner.state().protecting());
      CHECK(arm.twin.there() == learner.state().paired());
    }
  };
  for (int step = 0; step < 400; ++step) {
    const StepReport report = learner.step(task(step < 150 ? 0 : 1, random));
    consolidated += report.consolidation.action == ConsolidationAction::consolidated ? 1 : 0;
    together();
  }
  CHECK(consolidated == 1);
  CHECK(learner.state().protecting());
  CHECK(learner.state().paired());
  CHECK(learner.consolidate());
  together();
  CHECK_FALSE(learner.state().paired());
  CHECK(learner.state().arms[2].protections[0].kept.rows() == 6 + 16 + 1);
  Learner unprotected(with_arms(three));
  Random again(9);
  for (int step = 0; step < 400; ++step) unprotected.step(task(step < 150 ? 0 : 1, again));
  const Batch old = task(0, random, 200);
  const double forgotten = unprotected.step(old).accuracy;
  CHECK(learner.step(old).accuracy > forgotten + 0.1);
}

TEST_CASE("a state goes on with other arms: the first keeps its weights, new ones begin") {
  Random random(4);
  Learner one(with_arms({}, true));
  for (int step = 0; step < 100; ++step) one.step(test::blobs(20, 6, 3, random));
  Learner grown(with_arms(three, true), one.state());
  CHECK(grown.state().arms.size() == 3);
  Arm first = grown.state().arms[0], second = grown.state().arms[1];
  first.loss_sum = one.state().arms[0].loss_sum;
  second.loss_sum = 0.0;
  CHECK(test::arm_difference(first, one.state().arms[0]) == "");
  CHECK(test::arm_difference(second, fresh_arm(with_arms(three, true), 1)) == "");
  CHECK(grown.state().samples == 2000);
  // New arms have not learned: what the first has learned is served at once.
  const Batch asked = test::blobs(200, 6, 3, random);
  const std::vector<float> served = snapshot_of(grown)->predict(asked.samples.features()).values;
  const std::vector<float> before = snapshot_of(one)->predict(asked.samples.features()).values;
  for (std::size_t i = 0; i < served.size(); ++i) CHECK(served[i] == doctest::Approx(before[i]).epsilon(1e-4));
  for (int step = 0; step < 20; ++step) CHECK_FALSE(grown.step(test::blobs(20, 6, 3, random)).skipped);
  CHECK(grown.step(test::blobs(200, 6, 3, random)).accuracy > 0.95);

  Learner same(with_arms(three, true), grown.state());
  CHECK(test::difference(same.state(), grown.state()) == "");
  Learner shrunk(with_arms({}, true), grown.state());
  CHECK(shrunk.state().arms.size() == 1);
  CHECK(test::same_matrix(shrunk.state().arms[0].network.weights[1], grown.state().arms[0].network.weights[1]));
  CHECK(shrunk.state().fourier.columns() == 0);
  CHECK(shrunk.step(test::blobs(200, 6, 3, random)).accuracy > 0.9);
  // Other inputs for one of the arms: only the first is kept.
  std::vector<ArmOptions> other = three;
  other[2].fourier_features = 8;
  Learner changed(with_arms(other, true), grown.state());
  CHECK(changed.state().arms[0].tuning.steps > 0);
  CHECK(changed.state().arms[1].tuning.steps == 0);
}

TEST_CASE("an arm whose step is not finite is undone alone") {
  const LearnerOptions options = with_arms(three);
  Learner learner(options);
  Random random(4);
  for (int step = 0; step < 10; ++step) learner.step(test::blobs(20, 6, 3, random));
  LearnerState state = learner.state();
  state.arms[1].tuning.layers[0].step_ratio = std::numeric_limits<double>::quiet_NaN();
  Learner hurt(options, state);
  const Batch batch = test::blobs(20, 6, 3, random);
  learner.step(batch);
  const StepReport report = hurt.step(batch);
  CHECK(report.undone);
  CHECK(hurt.state().undone == 1);
  CHECK(test::same_matrix(hurt.state().arms[1].network.weights[0], state.arms[1].network.weights[0]));
  for (const std::size_t i : {0U, 2U}) {
    CHECK(test::same_matrix(hurt.state().arms[i].network.weights[0], learner.state().arms[i].network.weights[0]));
  }
}

TEST_CASE("protection that a drift alarm releases with the batch that began it is dropped") {
  for (const std::vector<ArmOptions>& arms : {std::vector<ArmOptions>{}, three}) {
    LearnerOptions options = with_arms(arms, true);
    options.drift.reaction = Reaction::release;
    options.drift.cooldown = 0;
    Learner learner(options);
    Random random(9);
    int both = 0;
    for (int step = 0; step < 60; ++step) {
      const StepReport report = learner.step(task(step < 40 ? 0 : 1, random, 300));
      both += report.consolidation.action == ConsolidationAction::consolidated && !report.alarms.empty() ? 1 : 0;
      CHECK_FALSE(report.undone);
    }
    CHECK(both > 0);
    CHECK(learner.step(task(1, random, 300)).accuracy > 0.9);
  }
}

TEST_CASE("one wrong target does not make all arms count alike") {
  LearnerOptions options = with_arms({{0.001, 1.0, 0, 0}, {0.5, 1.0, 0, 1}});  // the first hardly learns
  options.model.spec = {Task::regression, LabelKind::index, 6, 1};
  Learner learner(options);
  Random random(8);
  StepReport report;
  for (int step = 0; step < 60; ++step) {
    Batch batch;
    batch.samples.count = 50;
    for (int i = 0; i < 50; ++i) {
      double sum = 0.0;
      for (int j = 0; j < 6; ++j) {
        const double x = random.normal();
        batch.samples.x.push_back(static_cast<float>(x));
        sum += x;
      }
      batch.samples.target.push_back(step == 1 && i == 7 ? 1e30F : static_cast<float>(sum));
    }
    report = learner.step(batch);
  }
  CHECK(report.arms[1].weight > 0.99);
}

TEST_CASE("arms of regressions are mixed as well, in any unit of the target") {
  const auto run = [](double unit) {
    LearnerOptions options = with_arms(three);
    options.model.spec = {Task::regression, LabelKind::index, 6, 1};
    Learner learner(options);
    Random random(8);
    double loss = 0.0;
    for (int step = 0; step < 300; ++step) {
      Batch batch;
      batch.samples.count = 10;
      for (int i = 0; i < 10; ++i) {
        std::vector<double> x(6);
        for (double& value : x) batch.samples.x.push_back(static_cast<float>(value = random.normal()));
        batch.samples.target.push_back(
            static_cast<float>(unit * (x[0] + std::sin(2.0 * x[1]) + 0.1 * random.normal())));
      }
      const StepReport report = learner.step(batch);
      if (step >= 200) loss += report.loss / 100.0;
      double total = 0.0;
      for (const ArmReport& arm : report.arms) total += arm.weight;
      CHECK(total == doctest::Approx(1.0));
    }
    return loss;
  };
  const double loss = run(1.0);
  CHECK(loss < 0.15);  // the variance is 1.5, of which 0.01 is noise
  CHECK(run(1024.0) == doctest::Approx(1024.0 * 1024.0 * loss).epsilon(0.01));
}
