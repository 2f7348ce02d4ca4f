// The default on whole streams: it learns all of them, and serves the set of weights that predicts best.

#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "core/linalg/blas.hpp"
#include "core/serve/publish.hpp"
#include "core/step/learner.hpp"
#include "tests/support/blobs.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/state_bits.hpp"

using namespace altmind;

namespace {

LearnerOptions of(std::size_t inputs, std::size_t outputs, std::vector<std::size_t> hidden) {
  use_one_blas_thread();
  LearnerOptions options;
  options.model.spec = {Task::classification, LabelKind::index, inputs, outputs};
  options.model.hidden = std::move(hidden);
  return options;
}

/// Learns `batches` batches; returns the mean loss.
double loss_of(Learner& learner, int batches, const std::function<Batch()>& next) {
  double loss = 0.0;
  for (int i = 0; i < batches; ++i) loss += learner.step(next()).loss / batches;
  return loss;
}

}  // namespace

TEST_CASE("the default learns a separable problem with every activation, depth and batch size") {
  for (const Activation activation : {Activation::relu, Activation::tanh, Activation::identity}) {
    for (const std::vector<std::size_t>& hidden : {std::vector<std::size_t>{}, {24}, {24, 16}, {16, 16, 16, 16}}) {
      for (const std::size_t m : {1U, 10U, 50U, 300U}) {
        if (test::sanitized && m == 1) continue;
        CAPTURE(static_cast<int>(activation));
        CAPTURE(hidden.size());
        CAPTURE(m);
        LearnerOptions options = of(8, 3, hidden);
        options.model.activation = activation;
        Learner learner(options);
        Random random(1);
        for (std::size_t seen = 0; seen < 6000; seen += m) learner.step(test::blobs(m, 8, 3, random));
        CHECK(learner.state().skipped == 0);
        CHECK(learner.step(test::blobs(1000, 8, 3, random)).accuracy > 0.97);
      }
    }
  }
}

TEST_CASE("the default learns regression with every activation and depth") {
  for (const Activation activation : {Activation::relu, Activation::tanh, Activation::identity}) {
    for (const std::vector<std::size_t>& hidden : {std::vector<std::size_t>{}, {40}, {20, 20}, {16, 16, 16, 16}}) {
      CAPTURE(static_cast<int>(activation));
      CAPTURE(hidden.size());
      LearnerOptions options = of(6, 2, hidden);
      options.model.spec.task = Task::regression;
      options.model.activation = activation;
      Learner learner(options);
      Random random(3);
      const double first = learner.step(test::linear_map(50, 6, 2, random)).loss;
      for (int i = 0; i < 600; ++i) learner.step(test::linear_map(50, 6, 2, random));
      CHECK(learner.state().skipped == 0);
      const double loss = learner.step(test::linear_map(2000, 6, 2, random)).loss;
      const bool linear = hidden.empty() || activation == Activation::identity;
      CHECK(loss < (linear ? 1e-4 : hidden.size() < 4 ? 0.02 : 0.1) * first);
    }
  }
}

TEST_CASE("what a step reports is what the snapshot before it would have said, whichever weights are served") {
  for (const Task task : {Task::classification, Task::regression}) {
    for (const std::uint64_t served : {0U, 1U, 2U}) {
      CAPTURE(static_cast<int>(task));
      CAPTURE(served);
      LearnerOptions options = of(6, 3, {14, 9});
      options.model.spec.task = task;
      LearnerState state = fresh_state(options);
      state.arms[0].tuning.sets.scored = 1000;  // so that the losses below dominate
      state.arms[0].tuning.sets.loss = {50.0, 50.0, 50.0};
      state.arms[0].tuning.sets.loss[served] = 1.0;
      Learner learner(options, state);
      Random random(4);
      for (int i = 0; i < 12; ++i) {
        const Batch batch =
            task == Task::regression ? test::linear_map(30, 6, 3, random) : test::blobs(30, 6, 3, random);
        const auto snapshot = snapshot_of(learner);
        const Predictions predictions = snapshot->predict(batch.samples.x);
        double loss = 0.0;
        for (std::size_t s = 0; s < 30; ++s) {
          if (task == Task::classification) {
            loss -= std::log(static_cast<double>(predictions.values[3 * s + batch.samples.label[s]])) / 30;
            continue;
          }
          for (std::size_t k = 3 * s; k < 3 * s + 3; ++k) {
            loss += std::pow(static_cast<double>(predictions.values[k]) - batch.samples.target[k], 2) / 90;
          }
        }
        const StepReport report = learner.step(batch);
        const bool answered = i > 0 || task == Task::classification;
        if (answered) CHECK(report.loss == doctest::Approx(loss).epsilon(1e-4));
        CHECK(report.arms[0].served == served);
        const auto after = snapshot_of(learner);
        CHECK(after->arms[0].served == served);
        CHECK(after->arms[0].reach == report.arms[0].reach);
        CHECK(after->arms[0].recent_loss == report.arms[0].recent_loss);
      }
    }
  }
}

TEST_CASE("a rule of fixed steps serves its live weights") {
  LearnerOptions options = of(6, 3, {14});
  options.memory.gain = Gain::none();
  Learner learner(options);
  Random random(4);
  const StepReport report = learner.step(test::blobs(30, 6, 3, random));
  CHECK(report.arms.empty());
  CHECK(snapshot_of(learner)->arms.empty());
  CHECK(learner.state().arms[0].tuning.layers.empty());
}

TEST_CASE("on noise the lasting average serves and steps become timid, on a moving problem it does not") {
  LearnerOptions options = of(8, 4, {20, 20});
  options.learning.batch_size = 50;
  Random random(5);
  Learner noise(options);
  for (int i = 0; i < 400; ++i) {
    Batch batch = test::blobs(50, 8, 4, random);
    for (std::uint32_t& label : batch.samples.label) label = static_cast<std::uint32_t>(random.below(4));
    noise.step(batch);
  }
  CHECK(snapshot_of(noise)->arms[0].served == 2);
  CHECK(snapshot_of(noise)->arms[0].reach < 0.15);
  CHECK(snapshot_of(noise)->arms[0].recent_loss[2] < snapshot_of(noise)->arms[0].recent_loss[0]);

  Learner moving(options);
  for (int i = 0; i < 400; ++i) {  // a new assignment of classes every twenty steps
    Batch batch = test::blobs(50, 8, 4, random);
    for (std::uint32_t& label : batch.samples.label) label = (label + static_cast<std::uint32_t>(i / 20)) % 4;
    moving.step(batch);
  }
  CHECK(snapshot_of(moving)->arms[0].served != 2);
  CHECK(snapshot_of(moving)->arms[0].reach > 0.3);
}

TEST_CASE("inputs that are always zero, or the same as another, neither stop learning nor move their weights apart") {
  for (const std::size_t inputs : {12U, 300U}) {
    CAPTURE(inputs);
    Learner learner(of(inputs, 3, {15, 10}));
    const Matrix before = learner.state().arms[0].network.weights[0];
    Random random(6);
    const auto next = [&] {
      Batch batch = test::blobs(60, inputs, 3, random);
      for (std::size_t s = 0; s < 60; ++s) {
        float* const x = &batch.samples.x[s * inputs];
        x[0] = x[5] = 0.0F;
        x[2] = x[3] = x[1];
      }
      return batch;
    };
    for (int i = 0; i < 100; ++i) CHECK_FALSE(learner.step(next()).skipped);
    CHECK(loss_of(learner, 5, next) < 0.05);
    const Matrix moved = learner.state().arms[0].network.weights[0] - before;
    CHECK(moved.allFinite());
    CHECK(moved.col(0).norm() < 1e-5F * moved.norm());
    CHECK(moved.col(5).norm() < 1e-5F * moved.norm());
    CHECK(moved.col(1).norm() > 0.01F * moved.norm());
    CHECK((moved.col(2) - moved.col(1)).norm() < 1e-3F * moved.col(1).norm());
  }
}

TEST_CASE("a stream of nothing but zeros of one class is learned and leaves everything finite") {
  for (const std::size_t inputs : {5U, 300U}) {
    Learner learner(of(inputs, 2, {7}));
    Batch batch;
    batch.samples.count = 20;
    batch.samples.x.assign(20 * inputs, 0.0F);
    batch.samples.label.assign(20, 1);
    for (int i = 0; i < 200; ++i) REQUIRE_FALSE(learner.step(batch).skipped);
    CHECK(learner.step(batch).loss < 0.01);
    for (const Matrix& w : learner.state().arms[0].network.weights) CHECK(w.allFinite());
    CHECK(std::isfinite(snapshot_of(learner)->arms[0].reach));
  }
}

TEST_CASE("a wide layer learns what a narrow one would: the inputs that matter among three hundred") {
  Random random(7);
  Learner learner(of(300, 3, {20}));
  const auto next = [&] { return test::blobs(50, 300, 3, random, 3.0); };
  const double first = loss_of(learner, 20, next);
  CHECK(loss_of(learner, 20, next) < first);
  for (int i = 0; i < 150; ++i) learner.step(next());
  CHECK(learner.step(test::blobs(1000, 300, 3, random, 3.0)).accuracy > 0.97);
}
