#include "core/codes/codes.hpp"

#include <doctest/doctest.h>

#include "tests/support/fixed_rule.hpp"
#include "tests/support/reference.hpp"

using namespace altmind;

namespace {

/// A random network with biases, one batch passed through it, and the batch's labels or targets.
struct Case {
  Network network;
  Encoding encoding;
  std::vector<test::Real> w;
  test::Forward forward;
  test::Wanted wanted;
  std::vector<float> target;
  std::vector<Vector> norm_vectors;

  Targets targets() const {
    const bool regression = !target.empty();
    return {regression ? Task::regression : Task::classification, wanted.label, target, wanted.classes};
  }
};

Case make(Activation activation, const std::vector<std::size_t>& widths, Index m, Index classes, std::uint64_t seed) {
  ModelOptions options;
  options.activation = activation;
  options.spec.inputs = widths.front();
  options.spec.outputs = widths.back();
  options.hidden.assign(widths.begin() + 1, widths.end() - 1);
  options.seed = seed;
  Case c;
  c.network = initialise(options);
  Random random(seed + 100);
  for (Matrix& w : c.network.weights) {
    w.col(w.cols() - 1) = test::random_matrix(w.rows(), 1, random, 0.3);
    c.w.push_back(test::real(w));
  }
  resize(c.network, m, c.encoding);
  const Matrix x = test::random_matrix(static_cast<Index>(widths.front()), m, random);
  c.encoding.activation[0].topRows(x.rows()) = x;
  encode(c.network, c.encoding);
  c.forward = test::forward(activation, c.w, test::real(x));
  for (std::size_t l = 1; l < options.hidden.size(); ++l) {
    const auto n = static_cast<Index>(options.hidden[l - 1]);
    c.norm_vectors.push_back(Vector::Constant(n, 1.0F / std::sqrt(static_cast<float>(n))));
  }
  c.wanted.classes = classes;
  if (classes > 0) {
    for (Index i = 0; i < m; ++i) {
      c.wanted.label.push_back(static_cast<std::uint32_t>(random.below(static_cast<std::uint64_t>(classes))));
    }
  } else {
    const Matrix y = test::random_matrix(static_cast<Index>(widths.back()), m, random);
    c.wanted.target = test::real(y);
    c.target.assign(y.data(), y.data() + y.size());
  }
  return c;
}

LearningOptions exact() {
  LearningOptions options = test::fixed_rule().learning;
  options.norm = NormRule::exact;
  return options;
}

/// Problem (4), summed over the batch.
double objective_top(const Case& c, double mu, const test::Real& code) {
  return test::loss(c.wanted, test::linear(c.w.back(), test::sigma(c.network.layers[0].activation, code))) +
         mu * (code - c.forward.c.back()).squaredNorm();
}

/// Problem (5) of the hidden layer at index l, summed over the batch.
double objective_below(const Case& c, std::size_t l, const test::Real& above, const test::Real& code) {
  return (test::linear(c.w[l + 1], test::sigma(c.network.layers[0].activation, code)) - above).squaredNorm() +
         (code - c.forward.c[l]).squaredNorm();
}

test::Real central_difference(const std::function<double(const test::Real&)>& f, test::Real at) {
  constexpr double h = 1e-5;
  test::Real g(at.rows(), at.cols());
  for (Index i = 0; i < at.size(); ++i) {
    const double middle = at.data()[i];
    at.data()[i] = middle + h;
    const double right = f(at);
    at.data()[i] = middle - h;
    g.data()[i] = (right - f(at)) / (2 * h);
    at.data()[i] = middle;
  }
  return g;
}

const std::vector<std::size_t> gram_shape = {5, 6, 20, 4};      // a narrow layer below a wide one: Gram matrix
const std::vector<std::size_t> direct_shape = {5, 20, 3, 4};    // a wide layer below a narrow one: two products
const std::vector<std::size_t> deep_shape = {5, 12, 5, 14, 4};  // both, and a middle layer

constexpr Activation all_activations[] = {Activation::relu, Activation::tanh, Activation::identity};

}  // namespace

TEST_CASE("the first code step follows the gradient of Problems (4) and (5)") {
  for (const Activation activation : all_activations) {
    for (const Index classes : {4, 3, 0}) {  // all seen, one masked, regression
      CAPTURE(static_cast<int>(activation));
      CAPTURE(classes);
      Case c = make(activation, {4, 6, 5, 4}, 7, classes, 1);
      LearningOptions options = exact();
      options.code_steps = 1;
      options.momentum = 0.0;
      options.code_rate = 0.5;
      CodeUpdate update;
      update_codes(c.network, c.encoding, c.targets(), options, true, c.norm_vectors, update);

      const test::Real top = (c.forward.c[1] - test::real(update.code[1])) / *options.code_rate;
      const auto four = [&](const test::Real& code) { return objective_top(c, options.mu, code); };
      CHECK((top - central_difference(four, c.forward.c[1])).cwiseAbs().maxCoeff() < 1e-5);

      // The step uses half of (5), whose gradient has no factor 2.
      const double rate = 1.0 / (test::norm_squared(c.w[1]) + 1.0);
      const test::Real below = (c.forward.c[0] - test::real(update.code[0])) / rate;
      const test::Real above = test::real(update.code[1]);
      const auto five = [&](const test::Real& code) { return objective_below(c, 0, above, code); };
      CHECK((below - 0.5 * central_difference(five, c.forward.c[0])).cwiseAbs().maxCoeff() < 1e-4);
    }
  }
}

TEST_CASE("the reference itself has the gradients of Problems (4) and (5) away from c0") {
  // Later iterates are compared with test::update_codes below, so check its gradients once, with mu > 0.
  const Case c = make(Activation::tanh, {4, 6, 5, 4}, 3, 4, 2);
  LearningOptions options = exact();
  options.mu = 0.3;
  options.momentum = 0.0;
  options.code_steps = 2;
  LearningOptions once = options;
  once.code_steps = 1;
  const auto one = test::update_codes(Activation::tanh, c.w, c.forward, c.wanted, once);
  const auto two = test::update_codes(Activation::tanh, c.w, c.forward, c.wanted, options);
  const auto four = [&](const test::Real& code) { return objective_top(c, options.mu, code); };
  const test::Real gradient = (one[1] - two[1]) / *options.code_rate;
  CHECK((gradient - central_difference(four, one[1])).cwiseAbs().maxCoeff() < 1e-6);
}

TEST_CASE("all iterations equal the double reference, with the Gram matrix and with two products") {
  for (const auto& shape : {gram_shape, direct_shape, deep_shape}) {
    for (const Activation activation : all_activations) {
      for (const Index classes : {4, 2, 0}) {
        for (const double mu : {0.0, 0.2}) {
          for (const std::size_t steps : {1U, 2U, 5U, 9U}) {
            CAPTURE(shape[1]);
            CAPTURE(static_cast<int>(activation));
            CAPTURE(classes);
            CAPTURE(mu);
            CAPTURE(steps);
            Case c = make(activation, shape, 15, classes, 3);
            LearningOptions options = exact();
            options.mu = mu;
            options.code_steps = steps;
            options.code_rate = classes == 0 ? 0.1 : 2.0;
            CodeUpdate update;
            update_codes(c.network, c.encoding, c.targets(), options, true, c.norm_vectors, update);
            const auto expected = test::update_codes(activation, c.w, c.forward, c.wanted, options);
            for (std::size_t l = 0; l < expected.size(); ++l) {
              CAPTURE(l);
              CHECK(test::apart(update.code[l], expected[l]) < 1e-5);
              const test::Real activated = test::with_ones(test::sigma(activation, expected[l]));
              CHECK(test::apart(update.activation[l], activated) < 1e-5);
            }
          }
        }
      }
    }
  }
}

TEST_CASE("a code update with a small step does not raise its objective") {
  for (const auto& shape : {gram_shape, direct_shape}) {
    for (const Activation activation : all_activations) {
      CAPTURE(shape[1]);
      CAPTURE(static_cast<int>(activation));
      Case c = make(activation, shape, 15, 4, 4);
      LearningOptions options = exact();
      options.mu = 0.1;
      options.momentum = 0.0;
      options.code_rate = 0.05;
      CodeUpdate update;
      update_codes(c.network, c.encoding, c.targets(), options, true, c.norm_vectors, update);
      CHECK(objective_top(c, options.mu, test::real(update.code[1])) < objective_top(c, options.mu, c.forward.c[1]));
      const test::Real above = test::real(update.code[1]);
      CHECK(objective_below(c, 0, above, test::real(update.code[0])) < objective_below(c, 0, above, c.forward.c[0]));
    }
  }
}

TEST_CASE("sparsity is a soft threshold after every iteration and sets codes to exactly zero") {
  for (const auto& shape : {gram_shape, direct_shape}) {
    CAPTURE(shape[1]);
    Case c = make(Activation::tanh, shape, 15, 4, 5);
    LearningOptions options = exact();
    options.code_rate = 0.5;
    options.sparsity = 0.5;
    CodeUpdate update;
    update_codes(c.network, c.encoding, c.targets(), options, true, c.norm_vectors, update);
    const auto expected = test::update_codes(Activation::tanh, c.w, c.forward, c.wanted, options);
    for (std::size_t l = 0; l < 2; ++l) {
      CAPTURE(l);
      CHECK(test::apart(update.code[l], expected[l]) < 1e-5);
      CHECK((update.code[l].array() == 0.0F).count() == (expected[l].array() == 0.0).count());
      CHECK((update.code[l].array() == 0.0F).count() > 0);
    }
  }
}

TEST_CASE("the power rule replaces the norm vectors, the exact rule leaves them") {
  Case c = make(Activation::relu, gram_shape, 15, 4, 6);
  const Vector start = c.norm_vectors[0];
  CodeUpdate update;
  update_codes(c.network, c.encoding, c.targets(), exact(), true, c.norm_vectors, update);
  CHECK(c.norm_vectors[0] == start);
  const Matrix with_exact = update.code[0];
  const LearningOptions options = test::fixed_rule().learning;
  for (int i = 0; i < 60; ++i) {
    update_codes(c.network, c.encoding, c.targets(), options, true, c.norm_vectors, update);
  }
  CHECK(c.norm_vectors[0] != start);
  // 1.1 times the norm: a shorter step in the same direction.
  CHECK(test::apart(update.code[0], test::real(with_exact)) < 0.1);
}
