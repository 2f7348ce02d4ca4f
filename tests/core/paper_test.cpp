// The paper's AM-mem as published (Algorithms 2.1 to 2.3), in double, compared with the configuration for it.

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <utility>
#include <vector>

#include "core/codes/codes.hpp"
#include "core/step/learner.hpp"
#include "tests/support/blobs.hpp"
#include "tests/support/fixed_rule.hpp"
#include "tests/support/reference.hpp"

using namespace altmind;

namespace {

/// docs/algorithm.md, "The paper's AM-mem, literally".
LearnerOptions literal(Activation activation, std::vector<std::size_t> hidden) {
  LearnerOptions options = test::fixed_rule();
  options.model.spec = {Task::classification, LabelKind::index, 6, 3};
  options.model.hidden = std::move(hidden);
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
  return options;
}

/// Returns a minimiser near c0 of a function by plain gradient descent in double, in steps short enough to settle at
/// the kinks of relu. `curvature`: largest second derivative of the function.
test::Real minimised(const std::function<test::Real(const test::Real&)>& gradient, const test::Real& c0,
                     double curvature) {
  test::Real c = c0;
  for (int k = 0; k < 10'000; ++k) {
    const test::Real g = gradient(c);
    if (g.cwiseAbs().maxCoeff() < 1e-8) break;
    c -= 0.1 / curvature * g;
  }
  return c;
}

/// Returns the codes that the learner's next step computes for the batch.
std::vector<Matrix> next_codes(const Learner& learner, const Batch& batch) {
  const LearnerState& state = learner.state();
  const auto inputs = static_cast<Index>(learner.options().model.spec.inputs);
  const auto m = static_cast<Index>(batch.samples.count);
  Encoding encoding;
  resize(state.arms[0].network, m, encoding);
  encoding.activation[0].topRows(inputs) = Eigen::Map<const Matrix>(batch.samples.x.data(), inputs, m);
  encode(state.arms[0].network, encoding);
  const Targets targets{
      Task::classification, batch.samples.label, {}, static_cast<Index>(learner.options().model.spec.outputs)};
  std::vector<Vector> norm_vectors = state.arms[0].norm_vectors;
  CodeUpdate update;
  update_codes(state.arms[0].network, encoding, targets, learner.options().learning, false, norm_vectors, update);
  return update.code;
}

/// Returns how far f is above its minimum, as a share of how far it was at the start.
double excess(const std::function<double(const test::Real&)>& f, const test::Real& start, const test::Real& least,
              const test::Real& reached) {
  return (f(reached) - f(least)) / (f(start) - f(least));
}

}  // namespace

TEST_CASE("the paper's literal AM-mem is reached by configuration") {
  for (const Activation activation : {Activation::relu, Activation::tanh}) {
    CAPTURE(static_cast<int>(activation));
    const LearnerOptions options = literal(activation, {10, 8});
    Learner learner(options);

    std::vector<test::Real> w;
    for (const Matrix& weight : learner.state().arms[0].network.weights) w.push_back(test::real(weight));
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
        CHECK(test::apart(learner.state().arms[0].memories[l].a, test::Real(mean.triangularView<Eigen::Lower>())) <
              1e-4);
        CHECK(test::apart(learner.state().arms[0].memories[l].b, b[l] / n) < 1e-4);
      }
      // Undamped sweeps divide by small A_jj and amplify float32's rounding through three layers of weights.
      for (std::size_t l = 0; l < 3; ++l) CHECK(test::apart(learner.state().arms[0].network.weights[l], w[l]) < 1e-3);
    }
  }
}

TEST_CASE("with many steps and sweeps the literal AM-mem solves its problems") {
  for (const Activation activation : {Activation::identity, Activation::tanh, Activation::relu}) {
    CAPTURE(static_cast<int>(activation));
    LearnerOptions options = literal(activation, {5, 4});
    options.learning.code_steps = 200;
    options.memory.sweeps = 500;
    const double mu = options.learning.mu;
    Learner learner(options);
    std::vector<test::Real> a;
    std::vector<test::Real> b;
    for (std::size_t l = 0; l < 2; ++l) {
      const Matrix& weight = learner.state().arms[0].network.weights[l];
      a.push_back(test::Real::Zero(weight.cols(), weight.cols()));
      b.push_back(test::Real::Zero(weight.rows(), weight.cols()));
    }
    Random random(1);
    double n = 0.0;
    for (const std::size_t m : {40U, 25U, 40U}) {
      const Batch batch = test::blobs(m, 6, 3, random, 1.0);
      const test::Real x = test::real(Eigen::Map<const Matrix>(batch.samples.x.data(), 6, static_cast<Index>(m)));
      const test::Wanted wanted{batch.samples.label, 3, {}};
      std::vector<test::Real> w;
      for (const Matrix& weight : learner.state().arms[0].network.weights) w.push_back(test::real(weight));
      const test::Forward f = test::forward(activation, w, x);
      const std::vector<Matrix> found = next_codes(learner, batch);
      const std::vector<test::Real> code = {test::real(found[0]), test::real(found[1])};

      const auto above = [&](std::size_t l, const test::Real& c) {  // W [sigma(c); 1]
        return test::linear(w[l + 1], test::sigma(activation, c));
      };
      const auto through = [&](std::size_t l, const test::Real& c, const test::Real& residual) -> test::Real {
        return test::back(w[l + 1], residual).cwiseProduct(test::slope(activation, c));
      };
      const test::Real four = minimised(
          [&](const test::Real& c) -> test::Real {
            return through(1, c, test::loss_gradient(wanted, above(1, c))) + 2.0 * mu * (c - f.c[1]);
          },
          f.c[1], 0.5 * test::norm_squared(w[2]) + 2.0 * mu);
      const test::Real five = minimised(
          [&](const test::Real& c) -> test::Real { return through(0, c, above(0, c) - code[1]) + (c - f.c[0]); },
          f.c[0], test::norm_squared(w[1]) + 1.0);
      if (activation == Activation::relu) {  // at its kinks codes move to and fro by the length of a step
        const auto of_four = [&](const test::Real& c) {
          return test::loss(wanted, above(1, c)) + mu * (c - f.c[1]).squaredNorm();
        };
        const auto of_five = [&](const test::Real& c) {
          return (above(0, c) - code[1]).squaredNorm() + (c - f.c[0]).squaredNorm();
        };
        CHECK(std::abs(excess(of_four, f.c[1], four, code[1])) < 0.02);
        CHECK(std::abs(excess(of_five, f.c[0], five, code[0])) < 0.06);
      } else {
        CHECK(test::apart(found[1], four) < 1e-5);
        CHECK(test::apart(found[0], five) < 1e-5);
      }
      if (activation == Activation::identity) {  // (5) is one linear system
        const test::Real body = w[1].leftCols(5);
        const test::Real right = body.transpose() * (code[1].colwise() - w[1].col(5)) + f.c[0];
        const test::Real solved = test::solve(body.transpose() * body + test::Real::Identity(5, 5), right);
        CHECK(test::apart(found[0], solved) < 1e-5);
      }

      learner.step(batch);
      n += static_cast<double>(m);
      for (std::size_t l = 0; l < 2; ++l) {
        CAPTURE(l);
        const test::Real input = test::with_ones(l == 0 ? x : test::sigma(activation, code[l - 1]));
        a[l] += input * input.transpose();
        b[l] += code[l] * input.transpose();
        CHECK(test::apart(learner.state().arms[0].memories[l].b, b[l] / n) < 1e-5);
        const test::Real least = test::solve(a[l], b[l].transpose()).transpose();  // the zero of the gradient W A - B
        CHECK(test::apart(learner.state().arms[0].network.weights[l], least) < 1e-4);
      }
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
    for (const Matrix& weight : learner.state().arms[0].network.weights) w.push_back(test::real(weight));
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
        const double moved = static_cast<double>(learner.state().arms[0].network.weights[l].data()[i]) - w[l].data()[i];
        if (rule == Rule::am_sgd) {
          CHECK(moved == doctest::Approx(-0.02 * slope).epsilon(1e-3).scale(0.01));
        } else if (std::abs(slope) > 1e-4) {  // the first step of Adam is the rate times the sign
          CHECK(moved == doctest::Approx(slope > 0 ? -0.02 : 0.02).epsilon(1e-3));
        }
      }
    }
  }
}
