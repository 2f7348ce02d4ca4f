// Streams without tasks: how often they are mistaken for tasks, and what that costs.

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <functional>

#include "core/serve/publish.hpp"
#include "core/step/learner.hpp"
#include "tests/support/blobs.hpp"
#include "tests/support/state_bits.hpp"

using namespace altmind;

namespace {

LearnerOptions options_of(Task task, std::size_t inputs, std::size_t outputs, std::size_t batch) {
  LearnerOptions options;
  options.model.spec = {task, LabelKind::index, inputs, outputs};
  options.model.hidden = {24, 16};
  options.learning.batch_size = batch;
  options.normaliser.kind = NormaliserKind::standardise;
  return options;
}

/// Appends sample number i to the batch: inputs, then label or target.
using Draw = std::function<void(std::size_t i, Random& random, Samples& samples)>;

struct Run {
  double accuracy = 0.0, loss = 0.0;
  int consolidated = 0, yielded = 0;
  LearnerState state;
};

/// Learns `count` samples; records what the alarms led to.
Run learn(const LearnerOptions& options, std::size_t count, const Draw& draw) {
  Learner learner(options);
  Random random(7);
  Run run;
  const std::size_t m = options.learning.batch_size;
  for (std::size_t i = 0; i < count; i += m) {
    Batch batch;
    batch.samples.count = m;
    for (std::size_t k = i; k < i + m; ++k) draw(k, random, batch.samples);
    const StepReport report = learner.step(batch);
    run.accuracy += report.accuracy * static_cast<double>(m) / static_cast<double>(count);
    run.loss += report.loss * static_cast<double>(m) / static_cast<double>(count);
    run.consolidated += report.consolidation.action == ConsolidationAction::consolidated ? 1 : 0;
    run.yielded += report.consolidation.action == ConsolidationAction::yielded ? 1 : 0;
  }
  run.state = learner.state();
  return run;
}

Run without(LearnerOptions options, std::size_t count, const Draw& draw) {
  options.consolidation.enabled = false;
  return learn(options, count, draw);
}

void same_weights(const Run& a, const Run& b) {
  for (std::size_t l = 0; l < a.state.arms[0].network.weights.size(); ++l) {
    CHECK(test::same_matrix(a.state.arms[0].network.weights[l], b.state.arms[0].network.weights[l]));
  }
  CHECK(test::tuning_difference(a.state.arms[0].tuning, b.state.arms[0].tuning) == "");
}

void put(std::initializer_list<double> x, double target, Samples& samples) {
  for (const double value : x) samples.x.push_back(static_cast<float>(value));
  samples.target.push_back(static_cast<float>(target));
}

/// Appends a sample of the blob of class `label`.
void put_blob(std::uint32_t label, Random& random, Samples& samples) {
  Random centre(1000 + label);
  for (int j = 0; j < 8; ++j) {
    const double at = 1.5 * centre.normal();
    samples.x.push_back(static_cast<float>(at + random.normal()));
  }
  samples.label.push_back(label);
}

/// Every 1,500 samples the level of an input and of the target changes.
void level_steps(std::size_t i, Random& random, Samples& samples) {
  const double level = std::array{0.0, 5.0, -3.0, 8.0}[i / 1500 % 4];
  const double a = random.normal();
  const double b = random.normal();
  const double c = level + random.normal();
  put({a, b, c}, 2.0 * level + a - std::abs(b) + 0.3 * random.normal(), samples);
}

}  // namespace

TEST_CASE("a unit or a level that changes in one of four columns is no task") {
  constexpr std::size_t count = 6000;
  for (const std::size_t batch : {10U, 50U, 200U}) {
    for (const auto& [factor, step] : {std::pair{1000.0, 0.0}, {1.0, 30.0}, {1.0, 1e6}}) {
      CAPTURE(batch);
      CAPTURE(factor);
      CAPTURE(step);
      const Draw changed = [f = factor, s = step](std::size_t i, Random& random, Samples& samples) {
        const double a = random.normal();
        const double b = random.normal();
        const double c = random.normal();
        put({i < count / 2 ? a : f * a + s, b, c, random.normal()}, 2.0 * a - b + 0.5 * c + 0.3 * random.normal(),
            samples);
      };
      const LearnerOptions options = options_of(Task::regression, 4, 1, batch);
      const Run with = learn(options, count, changed);
      CHECK(with.consolidated == 0);
      CHECK(with.loss == without(options, count, changed).loss);
    }
  }
}

TEST_CASE("a table in the order of its targets is no task after task") {
  constexpr std::size_t count = 8000;
  for (const bool rising : {true, false}) {
    CAPTURE(rising);
    const Draw prices = [&](std::size_t i, Random& random, Samples& samples) {
      const double way = static_cast<double>(rising ? i : count - 1 - i) / count;
      const double size = std::exp(4.0 * way - 2.0 + 0.05 * random.normal());
      const double grade = std::floor(5.0 * random.uniform());
      const double length = std::cbrt(size) * (1.0 + 0.01 * random.normal());
      put({size, grade, length, random.normal()},
          4000.0 * std::pow(size, 1.6) * (0.8 + 0.1 * grade) * (1.0 + 0.1 * random.normal()), samples);
    };
    const LearnerOptions options = options_of(Task::regression, 4, 1, 10);
    const Run with = learn(options, count, prices);
    const Run plain = without(options, count, prices);
    CHECK(with.consolidated == 0);
    CHECK(with.loss == plain.loss);
  }
}

TEST_CASE("classes that come late, one at a time among the others, are no alarm at any batch size") {
  for (const std::size_t m : {std::size_t{1}, std::size_t{10}, std::size_t{50}, std::size_t{200}}) {
    CAPTURE(m);
    const Draw late = [](std::size_t i, Random& random, Samples& samples) {
      const std::size_t classes = 6 + (i > 1200 ? std::min<std::size_t>(6, (i - 1200) / 200) : 0);
      put_blob(static_cast<std::uint32_t>(random.below(classes)), random, samples);
    };
    const LearnerOptions options = options_of(Task::classification, 8, 12, m);
    const Run with = learn(options, 2400, late);
    CHECK(with.consolidated == 0);
    same_weights(with, without(options, 2400, late));
  }
}

TEST_CASE("classes that join old ones that still come cost no more with protection than a hundredth") {
  struct Joining {
    const char* name;
    double newest;        ///< share of samples drawn from the newest classes; the others are drawn from all so far
    std::size_t at_once;  ///< classes that join together
  };
  for (const Joining& joining : {Joining{"mostly", 0.75, 1}, {"nearly only", 0.9, 1}, {"in pairs", 0.75, 2}}) {
    const Draw draw = [&](std::size_t i, Random& random, Samples& samples) {
      const std::size_t groups = 1 + i / 700;
      const std::size_t group = random.uniform() < joining.newest ? groups - 1 : random.below(groups);
      put_blob(static_cast<std::uint32_t>(group * joining.at_once + random.below(joining.at_once)), random, samples);
    };
    for (const std::size_t m : {std::size_t{10}, std::size_t{50}}) {
      CAPTURE(joining.newest);
      CAPTURE(m);
      const LearnerOptions options = options_of(Task::classification, 8, 16, m);
      const Run with = learn(options, 5600, draw);
      CHECK(with.accuracy > without(options, 5600, draw).accuracy - 0.01);
      CHECK(with.state.consolidation.classes == 0);
    }
  }
}

TEST_CASE("inputs that begin where all was 0 cost a regression no more with protection than a fiftieth") {
  const Draw counts = [](std::size_t i, Random& random, Samples& samples) {
    std::array<double, 12> x{};
    for (std::size_t k = 0; k < i / 1500; ++k) x[random.below(x.size())] += 1.0;
    double target = 0.3 * random.normal();
    for (std::size_t j = 0; j < x.size(); ++j) {
      samples.x.push_back(static_cast<float>(x[j]));
      target += x[j] * (static_cast<double>(j) - 5.5);
    }
    samples.target.push_back(static_cast<float>(target));
  };
  for (const std::size_t m : {std::size_t{50}, std::size_t{200}}) {
    CAPTURE(m);
    const LearnerOptions options = options_of(Task::regression, 12, 1, m);
    const Run with = learn(options, 6000, counts);
    CHECK(with.consolidated > 0);
    CHECK(with.loss < 1.02 * without(options, 6000, counts).loss);
  }
}

TEST_CASE("classes that come for good are an alarm at every batch size, and the old ones are kept") {
  for (const std::size_t m : {std::size_t{1}, std::size_t{10}, std::size_t{50}, std::size_t{200}}) {
    CAPTURE(m);
    const Draw two_by_two = [](std::size_t i, Random& random, Samples& samples) {
      put_blob(static_cast<std::uint32_t>(i / 1600 * 2 + random.below(2)), random, samples);
    };
    const LearnerOptions options = options_of(Task::classification, 8, 6, m);
    const Run with = learn(options, 4800, two_by_two);
    CHECK(with.consolidated >= 2);  // small batches detect new inputs before enough labels have arrived
    CHECK(with.consolidated <= 4);
    CHECK(with.yielded == 0);
    CHECK(with.state.consolidation.classes == 1);
    if (m == 200) continue;  // too few steps to learn much
    const auto remembered = [](const LearnerOptions& of, const Run& run) {
      Random random(99);
      Samples samples;
      for (int i = 0; i < 1000; ++i) put_blob(static_cast<std::uint32_t>(random.below(2)), random, samples);
      const Predictions predictions = snapshot_of(Learner(of, run.state))->predict(samples.x);
      double right = 0.0;
      for (std::size_t i = 0; i < 1000; ++i) right += predictions.label[i] == samples.label[i] ? 1.0 : 0.0;
      return right / 1000.0;
    };
    LearnerOptions plain = options;
    plain.consolidation.enabled = false;
    CHECK(remembered(options, with) > remembered(plain, without(options, 4800, two_by_two)) + 0.2);
  }
}

TEST_CASE("a learner that has yielded is the one that never protected, bit for bit") {
  const LearnerOptions options = options_of(Task::regression, 3, 1, 10);
  const Run with = learn(options, 6000, level_steps);
  const Run plain = without(options, 6000, level_steps);
  CHECK(with.consolidated > 0);
  CHECK(with.yielded > 0);
  CHECK_FALSE(with.state.protecting());
  CHECK_FALSE(with.state.arms[0].twin.there());
  same_weights(with, plain);
  CHECK(with.loss < 1.03 * plain.loss);
}

TEST_CASE("what was announced is kept whatever it costs") {
  const LearnerOptions options = options_of(Task::regression, 3, 1, 10);
  Learner learner(options);
  Random random(7);
  for (std::size_t i = 0; i < 3000; i += 10) {
    if (i == 1500) REQUIRE(learner.consolidate());
    Batch batch;
    batch.samples.count = 10;
    for (std::size_t k = i; k < i + 10; ++k) level_steps(k, random, batch.samples);
    CHECK(learner.step(batch).consolidation.action != ConsolidationAction::yielded);
    CHECK_FALSE(learner.state().arms[0].twin.there());
  }
  CHECK(learner.state().protecting());
}

TEST_CASE("places that come back cost no more with protection than a hundredth") {
  const Draw places = [](std::size_t i, Random& random, Samples& samples) {
    const auto place = static_cast<std::uint32_t>(i / 1000 % 3);
    const auto label = static_cast<std::uint32_t>(random.below(4));
    put_blob(10 * place + label, random, samples);
    samples.label.back() = label;
  };
  const LearnerOptions options = options_of(Task::classification, 8, 4, 50);
  const Run with = learn(options, 9000, places);
  CHECK(with.accuracy > without(options, 9000, places).accuracy - 0.01);
}
