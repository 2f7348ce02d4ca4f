#include "core/weights/gradient_rule.hpp"

#include <doctest/doctest.h>

#include "tests/support/reference.hpp"

using namespace altmind;

TEST_CASE("Adam equals a naive double reference over fifty steps") {
  Random random(1);
  Matrix w = test::random_matrix(4, 7, random);
  test::Real expected = test::real(w);
  test::Real first = test::Real::Zero(4, 7);
  test::Real second = test::Real::Zero(4, 7);
  Moments moments = fresh_moments(OutputRule::adam, w);
  for (int t = 1; t <= 50; ++t) {
    Matrix g = test::random_matrix(4, 7, random, t % 10 == 0 ? 100.0 : 0.1);
    g(2, 3) = 0.0F;  // an entry that never has a gradient does not move
    double square = 0.0;
    for (Index i = 0; i < g.size(); ++i) {
      const double gi = g.data()[i];
      double& m = first.data()[i];
      double& v = second.data()[i];
      m = 0.9 * m + 0.1 * gi;
      v = 0.999 * v + 0.001 * gi * gi;
      const double move = 0.01 * (m / (1 - std::pow(0.9, t))) / (std::sqrt(v / (1 - std::pow(0.999, t))) + 1e-8);
      expected.data()[i] -= move;
      square += move * move;
    }
    const double length = gradient_step(OutputRule::adam, 0.01, g, moments, w);
    CHECK(length == doctest::Approx(std::sqrt(square)).epsilon(1e-4));
    CHECK(test::apart(w, expected) < 1e-5);
  }
  CHECK(moments.steps == 50);
  CHECK(test::apart(moments.first, first) < 1e-5);
  CHECK(test::apart(moments.second, second) < 1e-4);
}

TEST_CASE("Adam goes on after a gradient whose square leaves float32") {
  Matrix w = Matrix::Zero(1, 1);
  Moments moments = fresh_moments(OutputRule::adam, w);
  gradient_step(OutputRule::adam, 0.1, Matrix::Constant(1, 1, 1e25F), moments, w);
  CHECK(moments.second.allFinite());
  CHECK(w.allFinite());
  moments.first.setZero();
  const Matrix before = w;
  gradient_step(OutputRule::adam, 0.1, Matrix::Constant(1, 1, 1e19F), moments, w);
  CHECK(w != before);
}

TEST_CASE("SGD keeps no moments and moves by the rate times the gradient") {
  Random random(2);
  Matrix w = test::random_matrix(3, 5, random);
  const Matrix g = test::random_matrix(3, 5, random);
  const test::Real expected = test::real(w) - 0.25 * test::real(g);
  Moments moments = fresh_moments(OutputRule::sgd, w);
  CHECK(moments.first.size() == 0);
  const double length = gradient_step(OutputRule::sgd, 0.25, g, moments, w);
  CHECK(length == doctest::Approx(0.25 * test::real(g).norm()));
  CHECK(test::apart(w, expected) < 1e-6);
  CHECK(moments.steps == 0);
}
