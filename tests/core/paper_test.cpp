// The paper's AM-mem as published (Algorithms 2.1 to 2.3), in double, compared with the configuration for it.

#include <doctest/doctest.h>

#include "core/step/learner.hpp"
#include "tests/support/blobs.hpp"
#include "tests/support/fixed_rule.hpp"
#include "tests/support/reference.hpp"

using namespace altmind;

TEST_CASE("the paper's literal AM-mem is reached by configuration") {
  for (const Activation activation : {Activation::relu, Activation::tanh}) {
    CAPTURE(static_cast<int>(activation));
    LearnerOptions options = test::fixed_rule();
    options.model.spec = {Task::classification, LabelKind::index, 6, 3};
    options.model.hidden = {10, 8};
    options.model.activation = activation;
    options.learning.mu = 0.05;
    options.learning.code_rate = 0.5;
    options.learning.norm = NormRule::exact;
    options.learning.output_rule = OutputRule::sgd;
    options.learning.output_rate = 0.1;
    options.learning.output_at = OutputAt::updated;
    options.memory.horizon = std::nullopt;
    options.memory.gain = Gain::none();
    options.memory.damping = 0.0;
    options.memory.regressors = Regressors::updated;
    Learner learner(options);

    std::vector<test::Real> w;
    for (const Matrix& weight : learner.state().network.weights) w.push_back(test::real(weight));
    // The paper's memory, plain sums over the stream.
    std::vector<test::Real> a;
    std::vector<test::Real> b;
    for (std::size_t l = 0; l < 2; ++l) {
      a.push_back(test::Real::Zero(w[l].cols(), w[l].cols()));
      b.push_back(test::Real::Zero(w[l].rows(), w[l].cols()));
    }

    Random random(1);
    double n = 0.0;
    for (const std::size_t m : {40U, 25U, 40U}) {
      const Batch batch = test::blobs(m, 6, 3, random);
      const auto samples = static_cast<Index>(m);
      const test::Real x = test::real(Eigen::Map<const Matrix>(batch.samples.x.data(), 6, samples));
      const test::Wanted wanted{batch.samples.label, 3, {}};
      const test::Forward f = test::forward(activation, w, x);
      const double loss = test::loss(wanted, f.z) / static_cast<double>(m);
      const auto code = test::update_codes(activation, w, f, wanted, options.learning);
      n += static_cast<double>(m);
      for (std::size_t l = 0; l < 2; ++l) {
        const test::Real input = test::with_ones(l == 0 ? x : test::sigma(activation, code[l - 1]));
        for (Index t = 0; t < samples; ++t) {
          a[l] += input.col(t) * input.col(t).transpose();
          b[l] += code[l].col(t) * input.col(t).transpose();
        }
        w[l] = test::bcd(a[l], b[l], w[l], 0.0, 1, 0.0);
      }
      const test::Real top = test::sigma(activation, code[1]);
      const test::Real slope = test::loss_gradient(wanted, test::linear(w[2], top));
      w[2] -= 0.1 / static_cast<double>(m) * slope * test::with_ones(top).transpose();

      const StepReport report = learner.step(batch);
      CHECK(report.loss == doctest::Approx(loss).epsilon(1e-4));
      for (std::size_t l = 0; l < 2; ++l) {
        CAPTURE(l);
        const test::Real mean = a[l] / n;
        CHECK(test::apart(learner.state().memories[l].a, test::Real(mean.triangularView<Eigen::Lower>())) < 1e-4);
        CHECK(test::apart(learner.state().memories[l].b, b[l] / n) < 1e-4);
      }
      // Undamped sweeps divide by small A_jj and amplify float32's rounding through three layers of weights.
      for (std::size_t l = 0; l < 3; ++l) CHECK(test::apart(learner.state().network.weights[l], w[l]) < 1e-3);
    }
  }
}

TEST_CASE("AM-SGD and AM-Adam step on the local squared error at the updated activations") {
  for (const Rule rule : {Rule::am_sgd, Rule::am_adam}) {
    CAPTURE(static_cast<int>(rule));
    LearnerOptions options = test::fixed_rule();
    options.model.spec = {Task::classification, LabelKind::index, 6, 3};
    options.model.hidden = {10, 8};
    options.learning.rule = rule;
    options.learning.code_rate = 0.5;
    options.learning.norm = NormRule::exact;
    options.learning.local_rate = 0.02;
    Learner learner(options);
    std::vector<test::Real> w;
    for (const Matrix& weight : learner.state().network.weights) w.push_back(test::real(weight));
    Random random(2);
    const Batch batch = test::blobs(30, 6, 3, random);
    const test::Real x = test::real(Eigen::Map<const Matrix>(batch.samples.x.data(), 6, 30));
    const test::Wanted wanted{batch.samples.label, 3, {}};
    const test::Forward f = test::forward(Activation::relu, w, x);
    const auto code = test::update_codes(Activation::relu, w, f, wanted, options.learning);
    learner.step(batch);
    for (std::size_t l = 0; l < 2; ++l) {
      CAPTURE(l);
      const test::Real input = l == 0 ? x : test::sigma(Activation::relu, code[l - 1]);
      const auto objective = [&](const test::Real& weight) {
        return (test::linear(weight, input) - code[l]).squaredNorm() / 30;
      };
      for (Index i = 0; i < w[l].size(); ++i) {
        test::Real right = w[l];
        test::Real left = w[l];
        right.data()[i] += 1e-6;
        left.data()[i] -= 1e-6;
        const double slope = (objective(right) - objective(left)) / 2e-6;
        const double moved = static_cast<double>(learner.state().network.weights[l].data()[i]) - w[l].data()[i];
        if (rule == Rule::am_sgd) {
          CHECK(moved == doctest::Approx(-0.02 * slope).epsilon(1e-3).scale(0.01));
        } else if (std::abs(slope) > 1e-4) {  // the first step of Adam is the rate times the sign
          CHECK(moved == doctest::Approx(slope > 0 ? -0.02 : 0.02).epsilon(1e-3));
        }
      }
    }
  }
}
