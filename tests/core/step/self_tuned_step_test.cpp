// Self-tuned steps of whole learners against a naive reference in double.

#include "core/step/self_tuned_step.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "core/linalg/blas.hpp"
#include "core/step/learner.hpp"
#include "tests/support/blobs.hpp"
#include "tests/support/tuned_reference.hpp"

using namespace altmind;

namespace {

LearnerOptions of(Task task, Activation activation, std::vector<std::size_t> hidden) {
  use_one_blas_thread();
  LearnerOptions options;
  options.model.spec = {task, LabelKind::index, 7, 4};
  options.model.hidden = std::move(hidden);
  options.model.activation = activation;
  options.learning.norm = NormRule::exact;
  options.normaliser.targets = TargetScaling::none;  // the reference does not scale targets
  return options;
}

Batch batch_of(const LearnerOptions& options, std::size_t m, Random& random) {
  const SampleSpec& spec = options.model.spec;
  return spec.task == Task::regression ? test::linear_map(m, spec.inputs, spec.outputs, random)
                                       : test::blobs(m, spec.inputs, static_cast<std::uint32_t>(spec.outputs), random);
}

test::Wanted wanted_of(const LearnerOptions& options, const Batch& batch) {
  const auto outputs = static_cast<Index>(options.model.spec.outputs);
  if (options.model.spec.task == Task::classification) return {batch.samples.label, outputs, {}};
  return {{},
          0,
          test::real(
              Eigen::Map<const Matrix>(batch.samples.target.data(), outputs, static_cast<Index>(batch.samples.count)))};
}

/// Runs both over batches of these sizes and compares everything after every step.
void compare(const LearnerOptions& options, const std::vector<std::size_t>& sizes, double tolerance) {
  Learner learner(options);
  test::TunedReference reference(options, learner.state().arms[0].network.weights);
  Random random(3);
  for (const std::size_t m : sizes) {
    const Batch batch = batch_of(options, m, random);
    const test::Real x = test::real(Eigen::Map<const Matrix>(
        batch.samples.x.data(), static_cast<Index>(options.model.spec.inputs), static_cast<Index>(m)));
    const double loss = reference.step(x, wanted_of(options, batch));
    const StepReport report = learner.step(batch);
    CAPTURE(report.step);
    REQUIRE_FALSE(report.skipped);
    CHECK(report.loss == doctest::Approx(loss).epsilon(tolerance));
    const Tuning& tuning = learner.state().arms[0].tuning;
    REQUIRE(tuning.layers.size() == reference.layers.size());
    for (std::size_t l = 0; l < reference.layers.size(); ++l) {
      CAPTURE(l);
      const auto& expected = reference.layers[l];
      const Curvature& layer = tuning.layers[l];
      CHECK(test::apart(layer.a, test::Real(expected.a.triangularView<Eigen::Lower>())) < tolerance);
      CHECK(layer.lambda == doctest::Approx(expected.lambda).epsilon(tolerance));
      CHECK(layer.step_ratio == doctest::Approx(expected.step_ratio).epsilon(tolerance));
      CHECK(report.layers[l].damping == layer.lambda);
      CHECK(report.layers[l].gain == doctest::Approx(expected.gain).epsilon(tolerance));
      CHECK(test::apart(learner.state().arms[0].network.weights[l], reference.w[l]) < tolerance);
      CHECK(test::apart(tuning.sets.fast.weights[l], reference.fast[l]) < tolerance);
      CHECK(test::apart(tuning.sets.slow.weights[l], reference.slow[l]) < tolerance);
    }
    for (std::size_t i = 0; i < 3; ++i) {
      CHECK(tuning.sets.loss[i] == doctest::Approx(reference.loss[i]).epsilon(tolerance));
      CHECK(report.arms[0].recent_loss[i] == tuning.sets.loss[i]);
    }
    const std::size_t served = tuning.sets.served;
    const double least = *std::min_element(reference.loss.begin(), reference.loss.end());
    CHECK(reference.loss[served] <= least * (1 + 1e-4));
    CHECK(report.arms[0].served == served);
    reference.serve(served, static_cast<double>(m));
    CHECK(report.arms[0].reach == doctest::Approx(std::exp(reference.log_step_fraction)).epsilon(1e-9));
  }
}

const std::vector<std::size_t> sizes = {40, 25, 50, 1, 40, 99, 7, 40, 40, 2, 40, 40};

}  // namespace

TEST_CASE("self-tuned steps equal the double reference, whatever the task, activation and depth") {
  for (const Task task : {Task::classification, Task::regression}) {
    for (const Activation activation : {Activation::relu, Activation::tanh, Activation::identity}) {
      for (const std::vector<std::size_t>& hidden :
           {std::vector<std::size_t>{}, {9}, {12, 5}, {5, 14}, {8, 16, 6, 9}}) {
        CAPTURE(static_cast<int>(task));
        CAPTURE(static_cast<int>(activation));
        CAPTURE(hidden.size());
        compare(of(task, activation, hidden), sizes, 2e-3);
      }
    }
  }
}

TEST_CASE("self-tuned steps equal the reference with other horizons, dampings and code steps") {
  LearnerOptions options = of(Task::classification, Activation::relu, {12, 8});
  options.memory.horizon = 200.0;  // factors are older, memories decay
  compare(options, sizes, 2e-3);
  options.memory.horizon.reset();
  options.memory.damping = 0.3;
  options.learning.mu = 0.1;
  compare(options, sizes, 2e-3);
  options.learning.code_steps = 1;
  options.learning.sparsity = 0.01;
  compare(options, sizes, 2e-3);
}
