#include "core/model/activation.hpp"

#include <doctest/doctest.h>

#include "tests/support/reference.hpp"

using namespace altmind;

TEST_CASE("activations and their derivatives agree with finite differences") {
  Random random(1);
  const Matrix c = test::random_matrix(8, 11, random, 2.0);
  for (const Activation activation : {Activation::relu, Activation::tanh, Activation::identity}) {
    CAPTURE(static_cast<int>(activation));
    Matrix a(8, 11);
    activate(activation, c, a);
    CHECK(test::apart(a, test::sigma(activation, test::real(c))) < 1e-6);
    Matrix gradient = Matrix::Constant(8, 11, 3.0F);
    times_derivative(activation, c, a, gradient);
    constexpr double h = 1e-6;
    const test::Real shift = test::Real::Constant(8, 11, h);
    const test::Real expected =
        3.0 / (2 * h) *
        (test::sigma(activation, test::real(c) + shift) - test::sigma(activation, test::real(c) - shift));
    CHECK(test::apart(gradient, expected) < 1e-6);
  }
}

TEST_CASE("the derivative of ReLU at zero is zero") {
  const Matrix c = Matrix::Zero(2, 2);
  Matrix a(2, 2);
  activate(Activation::relu, c, a);
  Matrix gradient = Matrix::Ones(2, 2);
  times_derivative(Activation::relu, c, a, gradient);
  CHECK(gradient.isZero(0.0F));
}

TEST_CASE("tanh saturates without overflow") {
  const Matrix c = Matrix::Constant(1, 3, 1e30F);
  Matrix a(1, 3);
  activate(Activation::tanh, c, a);
  CHECK(a(0, 0) == 1.0F);
  Matrix gradient = Matrix::Ones(1, 3);
  times_derivative(Activation::tanh, c, a, gradient);
  CHECK(gradient.isZero(0.0F));
}
