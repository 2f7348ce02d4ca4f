#include "core/model/network.hpp"

#include <doctest/doctest.h>

#include "tests/support/reference.hpp"
#include "tests/support/state_bits.hpp"

using namespace altmind;

namespace {

ModelOptions model(std::vector<std::size_t> hidden, std::size_t inputs, std::size_t outputs, std::uint64_t seed = 1) {
  ModelOptions options;
  options.spec.inputs = inputs;
  options.spec.outputs = outputs;
  options.hidden = std::move(hidden);
  options.seed = seed;
  return options;
}

}  // namespace

TEST_CASE("initial weights have variance 2 / fan_in, the output's a quarter of it, and biases are zero") {
  const Network network = initialise(model({300, 200}, 400, 250));
  REQUIRE(network.weights.size() == 3);
  const double fan_in[] = {400, 300, 200};
  const double share[] = {1.0, 1.0, 0.25};
  for (std::size_t l = 0; l < 3; ++l) {
    CAPTURE(l);
    const Matrix& w = network.weights[l];
    CHECK(w.cols() == static_cast<Index>(fan_in[l]) + 1);
    CHECK(w.col(w.cols() - 1).isZero(0.0F));
    const test::Real body = test::real(w.leftCols(w.cols() - 1));
    const auto n = static_cast<double>(body.size());
    const double variance = share[l] * 2.0 / fan_in[l];
    CHECK(std::abs(body.mean()) < 4.0 * std::sqrt(variance / n));
    // Four standard errors: the variance of a normal's sample variance is 2 sigma^4 / n.
    CHECK(body.squaredNorm() / n == doctest::Approx(variance).epsilon(4.0 * std::sqrt(2.0 / n)));
  }
}

TEST_CASE("initial weights depend on the seed and the shape alone") {
  const Network first = initialise(model({7}, 5, 3, 11));
  const Network again = initialise(model({7}, 5, 3, 11));
  const Network other = initialise(model({7}, 5, 3, 12));
  for (std::size_t l = 0; l < 2; ++l) {
    CHECK(test::same_matrix(first.weights[l], again.weights[l]));
    CHECK_FALSE(test::same_matrix(first.weights[l], other.weights[l]));
  }
}

TEST_CASE("encode equals naive loops, for batches of any size in any order") {
  for (const Activation activation : {Activation::relu, Activation::tanh, Activation::identity}) {
    for (const auto& hidden : {std::vector<std::size_t>{}, {7}, {13, 6, 9}}) {
      ModelOptions options = model(hidden, 5, 3);
      options.activation = activation;
      Network network = initialise(options);
      Random random(3);
      std::vector<test::Real> w;
      for (Matrix& weight : network.weights) {
        weight.col(weight.cols() - 1) = test::random_matrix(weight.rows(), 1, random);
        w.push_back(test::real(weight));
      }
      Encoding encoding;
      for (const Index m : {10, 1, 33, 10}) {
        CAPTURE(static_cast<int>(activation));
        CAPTURE(hidden.size());
        CAPTURE(m);
        const Matrix x = test::random_matrix(5, m, random);
        resize(network, m, encoding);
        encoding.activation[0].topRows(5) = x;
        encode(network, encoding);
        const test::Forward expected = test::forward(activation, w, test::real(x));
        for (std::size_t l = 0; l <= hidden.size(); ++l) {
          CHECK(test::apart(encoding.activation[l], test::with_ones(expected.a[l])) < 2e-6);
          if (l < hidden.size()) CHECK(test::apart(encoding.code[l], expected.c[l]) < 2e-6);
        }
        CHECK(test::apart(encoding.logits, expected.z) < 2e-6);
      }
    }
  }
}
