// Learners on small problems with a known answer, from first batch to prediction.

#include <doctest/doctest.h>

#include "core/serve/publish.hpp"
#include "core/step/learner.hpp"
#include "tests/support/blobs.hpp"
#include "tests/support/fixed_rule.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/state_bits.hpp"

using namespace altmind;

namespace {

LearnerOptions classifier(Rule rule) {
  LearnerOptions options = test::fixed_rule();
  options.model.spec = {Task::classification, LabelKind::index, 8, 3};
  options.model.hidden = {24, 16};
  options.learning.rule = rule;
  return options;
}

}  // namespace

TEST_CASE("every rule learns a separable problem") {
  for (const Rule rule : {Rule::am_mem, Rule::am_sgd, Rule::am_adam}) {
    for (const OutputRule output : {OutputRule::adam, OutputRule::sgd}) {
      CAPTURE(static_cast<int>(rule));
      CAPTURE(static_cast<int>(output));
      LearnerOptions options = classifier(rule);
      options.learning.local_rate = rule == Rule::am_sgd ? 0.02 : 0.003;
      options.learning.output_rule = output;
      options.learning.output_rate = output == OutputRule::sgd ? 0.1 : 0.01;
      Learner learner(options);
      Random random(1);
      double first = 0.0;
      for (int i = 0; i < 150; ++i) {
        const StepReport report = learner.step(test::blobs(50, 8, 3, random));
        if (i == 0) first = report.loss;
      }
      const StepReport last = learner.step(test::blobs(1000, 8, 3, random));
      CHECK(last.accuracy > 0.97);
      CHECK(last.loss < 0.2 * first);
    }
  }
}

TEST_CASE("the hidden layers do the learning, not the output layer alone") {
  for (const Rule rule : {Rule::am_mem, Rule::am_sgd, Rule::am_adam}) {
    CAPTURE(static_cast<int>(rule));
    LearnerOptions options = classifier(rule);
    options.learning.output_rate = 0.0;
    options.learning.output_rule = OutputRule::sgd;
    options.learning.local_rate = rule == Rule::am_sgd ? 0.02 : 0.003;
    Learner learner(options);
    const Matrix output = learner.state().arms[0].network.weights[2];
    Random random(2);
    for (int i = 0; i < 150; ++i) learner.step(test::blobs(50, 8, 3, random));
    CHECK(learner.step(test::blobs(1000, 8, 3, random)).accuracy > 0.9);
    CHECK(test::same_matrix(learner.state().arms[0].network.weights[2], output));
  }
}

TEST_CASE("regression learns a linear map to under one percent of the target variance") {
  for (const Activation activation : {Activation::identity, Activation::relu}) {
    CAPTURE(static_cast<int>(activation));
    LearnerOptions options = test::fixed_rule();
    options.model.spec = {Task::regression, LabelKind::index, 6, 2};
    options.model.hidden = {40};
    options.model.activation = activation;
    options.learning.code_rate = 0.3;
    options.learning.output_rate = 0.003;
    options.memory.damping = 1.0;
    Learner learner(options);
    Random random(3);
    for (int i = 0; i < 600; ++i) learner.step(test::linear_map(50, 6, 2, random));
    const Batch batch = test::linear_map(2000, 6, 2, random);
    const Eigen::Map<const Matrix> y(batch.samples.target.data(), 2, 2000);
    const test::Real centred = test::real(y).colwise() - test::real(y).rowwise().mean();
    const double variance = centred.squaredNorm() / static_cast<double>(centred.size());
    const StepReport report = learner.step(batch);
    CHECK(report.loss < 0.01 * variance);
    CHECK(report.accuracy == 0.0);
    CHECK(learner.state().prequential.state().class_samples.empty());
    // The reported loss is the mean square per output of the predictions of a snapshot.
    Learner again(options, learner.state());
    const Predictions before = snapshot_of(again)->predict(batch.samples.x);
    double square = 0.0;
    for (std::size_t i = 0; i < before.values.size(); ++i) {
      const double error = static_cast<double>(before.values[i]) - batch.samples.target[i];
      square += error * error;
    }
    CHECK(again.step(batch).loss == doctest::Approx(square / static_cast<double>(before.values.size())).epsilon(1e-5));
  }
}

TEST_CASE("a class that appears mid-stream is masked before and learned after") {
  LearnerOptions options = classifier(Rule::am_mem);
  options.model.spec.labels = LabelKind::named;
  options.model.spec.outputs = 5;
  options.learning.output_rate = 0.01;
  Learner learner(options);
  CHECK(snapshot_of(learner)->predict(std::vector<float>(8, 0.0F)).values == std::vector<float>(5, 0.0F));
  Random random(4);

  Batch batch = test::blobs(50, 8, 2, random);
  batch.new_names = {"left", "right"};
  const Matrix output = learner.state().arms[0].network.weights[2];
  CHECK(learner.step(batch).loss == doctest::Approx(std::log(2.0)).epsilon(1.0));  // of two classes, not five
  for (int i = 0; i < 50; ++i) learner.step(test::blobs(50, 8, 2, random));
  CHECK(learner.step(test::blobs(500, 8, 2, random)).accuracy > 0.97);
  // Rows of unseen classes have received no gradient.
  CHECK(test::same_matrix(Matrix(learner.state().arms[0].network.weights[2].bottomRows(3)),
                          Matrix(output.bottomRows(3))));

  const Batch unseen = test::blobs(500, 8, 3, random);
  const Predictions before = snapshot_of(learner)->predict(unseen.samples.x);
  for (std::size_t i = 0; i < before.count; ++i) {
    CHECK(before.label[i] < 2);
    CHECK(before.values[i * 5 + 0] + before.values[i * 5 + 1] == doctest::Approx(1.0).epsilon(1e-5));
    for (std::size_t k = 2; k < 5; ++k) CHECK(before.values[i * 5 + k] == 0.0F);
  }
  batch = test::blobs(50, 8, 3, random);
  batch.new_names = {"middle"};
  learner.step(batch);
  CHECK(learner.state().labels.names() == std::vector<std::string>{"left", "right", "middle"});
  for (int i = 0; i < 100; ++i) learner.step(test::blobs(50, 8, 3, random));
  CHECK(learner.step(test::blobs(500, 8, 3, random)).accuracy > 0.95);
  CHECK(learner.state().prequential.state().class_samples[2] > 1000);
  CHECK(snapshot_of(learner)->class_name(2) == "middle");
}

TEST_CASE("weights of unseen classes do not change what is learned of the others") {
  LearnerOptions options = classifier(Rule::am_mem);
  options.model.spec.labels = LabelKind::named;
  options.model.spec.outputs = 4;
  LearnerState one = fresh_state(options);
  LearnerState other = one;
  other.arms[0].network.weights[2].row(3).setConstant(50.0F);
  Learner a(options, one);
  Learner b(options, other);
  Random random(5);
  for (int i = 0; i < 10; ++i) {
    Batch batch = test::blobs(50, 8, 3, random);
    if (i == 0) batch.new_names = {"x", "y", "z"};
    CHECK(a.step(batch).loss == doctest::Approx(b.step(batch).loss).epsilon(1e-5));
  }
  CHECK(test::apart(a.state().arms[0].network.weights[0], test::real(b.state().arms[0].network.weights[0])) < 1e-5);
}
