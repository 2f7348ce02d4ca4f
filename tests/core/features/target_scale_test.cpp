#include "core/features/target_scale.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "core/serve/publish.hpp"
#include "core/step/learner.hpp"
#include "tests/support/blobs.hpp"
#include "tests/support/state_bits.hpp"

using namespace altmind;
using namespace altmind::test;

namespace {

LearnerOptions regression(TargetScaling scaling) {
  LearnerOptions options;
  options.model.spec = {Task::regression, LabelKind::index, 4, 2};
  options.model.hidden = {20};
  options.normaliser.targets = scaling;
  return options;
}

/// Maps y to power * y + offset. A power of two leaves the mantissa unchanged.
Batch in_units(Batch batch, float power, float offset) {
  for (float& target : batch.samples.target) target = power * target + offset;
  return batch;
}

}  // namespace

TEST_CASE("target scale: what is learned does not depend on the unit of the targets, and answers and loss are in it") {
  Learner metres(regression(TargetScaling::standardise));
  Learner millimetres(regression(TargetScaling::standardise));
  Random random(2);
  std::vector<float> asked;
  for (int i = 0; i < 40; ++i) {
    const Batch batch = linear_map(50, 4, 2, random);
    const StepReport small = metres.step(batch);
    const StepReport large = millimetres.step(in_units(batch, 1024, 0));
    if (i > 0) CHECK(large.loss == doctest::Approx(small.loss * 1024 * 1024).epsilon(1e-5));
    asked = batch.samples.x;
  }
  for (std::size_t l = 0; l < 2; ++l) {
    CHECK(same_matrix(metres.state().arms[0].network.weights[l], millimetres.state().arms[0].network.weights[l]));
  }
  const Predictions here = snapshot_of(metres)->predict(asked);
  const Predictions there = snapshot_of(millimetres)->predict(asked);
  for (std::size_t k = 0; k < here.values.size(); ++k) {
    CHECK(there.values[k] == doctest::Approx(1024 * here.values[k]).epsilon(1e-5));
  }
}

TEST_CASE("target scale: targets far from 0 with a large spread are learned like any others") {
  const auto error = [] {
    Learner learner(regression(TargetScaling::standardise));
    Random random(7);
    const auto next = [&random] { return in_units(linear_map(50, 4, 2, random), 1000, 50'000); };
    for (int i = 0; i < 150; ++i) learner.step(next());
    const Batch unseen = next();
    const Predictions predictions = snapshot_of(learner)->predict(unseen.samples.x);
    double squares = 0.0;
    for (std::size_t k = 0; k < 100; ++k) {
      squares += std::pow(static_cast<double>(predictions.values[k]) - unseen.samples.target[k], 2) / 100.0;
    }
    return squares;
  }();
  Random random(7);
  const Batch batch = linear_map(5000, 4, 2, random);
  double mean = 0.0;
  for (const float target : batch.samples.target) mean += target / 10'000.0;
  double variance = 0.0;
  for (const float target : batch.samples.target) variance += (target - mean) * (target - mean) / 10'000.0;
  CHECK(error < 0.1 * variance * 1e6);
}

TEST_CASE(
    "target scale: statistics are those of the targets seen, and before the first sample answers are as they come") {
  const LearnerOptions options = regression(TargetScaling::standardise);
  Statistics statistics = fresh_target_statistics(options.normaliser, options.model.spec);
  const TargetScale before = target_scale(statistics);
  CHECK(before.mean == std::vector<double>{0, 0});
  CHECK(before.deviation == std::vector<double>{1, 1});
  add(std::vector<float>{1, 7, 3, 7}, statistics);
  const TargetScale scale = target_scale(statistics);
  CHECK(scale.mean == std::vector<double>{2, 7});
  CHECK(scale.deviation == std::vector<double>{1, 1});  // the second has been constant
  CHECK(to_network(scale, std::vector<float>{5, 9}) == std::vector<float>{3, 2});
  Matrix z(2, 1);
  z << 3, 2;
  CHECK(to_user(scale, z, 0) == std::vector<double>{5, 9});
}

TEST_CASE("target scale: a target far outside teaches less the further away it is, others as they are") {
  const LearnerOptions options = regression(TargetScaling::standardise);
  Statistics statistics = fresh_target_statistics(options.normaliser, options.model.spec);
  Random random(2);
  std::vector<float> seen;
  for (int i = 0; i < 2000; ++i) seen.push_back(static_cast<float>(3.0 + 2.0 * random.normal()));
  add(seen, statistics);
  const TargetScale scale = target_scale(statistics);
  Matrix predicted(2, 2);
  predicted << 1, -1, 2, 0.5F;
  const std::vector<float> ordinary = {4, 75, -70, 3};  // within 40 deviations
  CHECK(to_network(scale, ordinary, predicted) == to_network(scale, ordinary));
  const std::vector<float> wild = to_network(scale, std::vector<float>{4, 163, 1e6F, -3e38F}, predicted);
  CHECK(wild[0] == to_network(scale, std::vector<float>{4, 163})[0]);
  CHECK(wild[1] == doctest::Approx(2 + 0.25 * (10 - 2)).epsilon(0.05));  // 80 deviations: a quarter of the way
  CHECK(wild[2] == doctest::Approx(-1).epsilon(1e-5));
  CHECK(wild[3] == doctest::Approx(0.5).epsilon(1e-5));
}

TEST_CASE("target scale: classification and targets = none keep no statistics") {
  LearnerOptions options = regression(TargetScaling::none);
  CHECK(fresh_target_statistics(options.normaliser, options.model.spec).columns() == 0);
  options = regression(TargetScaling::standardise);
  options.model.spec.task = Task::classification;
  CHECK(fresh_target_statistics(options.normaliser, options.model.spec).columns() == 0);
}
