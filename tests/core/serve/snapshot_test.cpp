#include "core/serve/snapshot.hpp"

#include <doctest/doctest.h>

#include "core/serve/publish.hpp"
#include "core/step/learner.hpp"
#include "tests/support/blobs.hpp"
#include "tests/support/fixed_rule.hpp"
#include "tests/support/reference.hpp"

using namespace altmind;

namespace {

Learner trained(Task task, NormaliserKind kind, Random& random) {
  LearnerOptions options = test::fixed_rule();
  options.model.name = "tested";
  options.model.spec = {task, LabelKind::index, 7, 3};
  options.model.hidden = {15, 11};
  options.model.activation = Activation::tanh;
  options.normaliser.kind = kind;
  options.normaliser.scale = 0.5;
  options.normaliser.mean = {0.25};
  options.normaliser.std = {2.0};
  options.learning.code_rate = 0.2;
  Learner learner(options);
  for (int i = 0; i < 20; ++i) {
    learner.step(task == Task::regression ? test::linear_map(30, 7, 3, random) : test::blobs(30, 7, 3, random));
  }
  return learner;
}

}  // namespace

TEST_CASE("a snapshot predicts what a naive forward pass does") {
  for (const Task task : {Task::classification, Task::regression}) {
    for (const NormaliserKind kind : {NormaliserKind::none, NormaliserKind::fixed, NormaliserKind::standardise}) {
      CAPTURE(static_cast<int>(task));
      CAPTURE(static_cast<int>(kind));
      Random random(1);
      const Learner learner = trained(task, kind, random);
      const auto snapshot = snapshot_of(learner);
      const Batch batch = test::blobs(40, 7, 3, random);
      test::Real x = test::real(Eigen::Map<const Matrix>(batch.samples.x.data(), 7, 40));
      for (Index j = 0; j < 7; ++j) {
        for (Index i = 0; i < 40; ++i) {
          if (kind == NormaliserKind::fixed) x(j, i) = (x(j, i) * 0.5 - 0.25) / 2.0;
          if (kind == NormaliserKind::standardise) {
            const Spread column = spread(learner.state().statistics, static_cast<std::size_t>(j));
            x(j, i) = (x(j, i) - column.mean) / column.deviation;
          }
        }
      }
      std::vector<test::Real> w;
      for (const Matrix& weight : learner.state().arms[0].network.weights) w.push_back(test::real(weight));
      test::Real z = test::forward(Activation::tanh, w, x).z;
      if (task == Task::classification) {
        for (Index i = 0; i < 40; ++i) z.col(i) = z.col(i).array().exp() / z.col(i).array().exp().sum();
      }
      for (Index k = 0; task == Task::regression && k < 3; ++k) {  // undo the standardisation of targets
        const Spread column = spread(learner.state().targets, static_cast<std::size_t>(k));
        z.row(k) = (z.row(k).array() * column.deviation + column.mean).matrix();
      }
      const Predictions predictions = snapshot->predict(batch.samples.x);
      REQUIRE(predictions.count == 40);
      REQUIRE(predictions.outputs == 3);
      CHECK(test::apart(Eigen::Map<const Matrix>(predictions.values.data(), 3, 40), z) < 1e-5);
      if (task == Task::classification) {
        for (Index i = 0; i < 40; ++i) {
          Index best = 0;
          z.col(i).maxCoeff(&best);
          CHECK(predictions.label[static_cast<std::size_t>(i)] == static_cast<std::uint32_t>(best));
        }
      }
    }
  }
}

TEST_CASE("a batch of predictions equals single predictions") {
  Random random(2);
  const auto snapshot = snapshot_of(trained(Task::classification, NormaliserKind::standardise, random));
  const Batch batch = test::blobs(65, 7, 3, random);
  const Predictions together = snapshot->predict(batch.samples.x);
  for (std::size_t i = 0; i < 65; ++i) {
    const Predictions alone = snapshot->predict(std::span(batch.samples.x).subspan(i * 7, 7));
    REQUIRE(alone.count == 1);
    CHECK(alone.label[0] == together.label[i]);
    for (std::size_t k = 0; k < 3; ++k) {
      CHECK(std::abs(alone.values[k] - together.values[i * 3 + k]) < 1e-5F);
    }
  }
  CHECK(snapshot->predict(std::vector<float>()).count == 0);
}

TEST_CASE("a snapshot stays what it was while learning goes on") {
  Random random(3);
  Learner learner = trained(Task::classification, NormaliserKind::standardise, random);
  const auto snapshot = snapshot_of(learner);
  const Batch batch = test::blobs(10, 7, 3, random);
  const auto before = snapshot->predict(batch.samples.x).values;
  for (int i = 0; i < 5; ++i) learner.step(test::blobs(30, 7, 3, random));
  CHECK(snapshot->predict(batch.samples.x).values == before);
  CHECK(snapshot_of(learner)->predict(batch.samples.x).values != before);
  CHECK(snapshot->step == 20);
  CHECK(snapshot->samples == 600);
  CHECK(snapshot->name == "tested");
  CHECK(snapshot->layers.size() == 3);
  CHECK(snapshot->layers[0].units == 15);
  CHECK(snapshot->layers[2].units == 3);
  CHECK(snapshot->prequential_whole.samples == 600);
  CHECK(snapshot_of(learner)->step == 25);
  CHECK(snapshot->class_name(2) == "2");
}
