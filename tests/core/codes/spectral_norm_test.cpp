#include "core/codes/spectral_norm.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/support/reference.hpp"

using namespace altmind;

namespace {

Vector start(Index n) {
  return Vector::Constant(n, 1.0F / std::sqrt(static_cast<float>(n)));
}

}  // namespace

TEST_CASE("the exact norm is the largest singular value squared, without the bias column") {
  Random random(1);
  for (const auto& [rows, cols] : {std::pair<Index, Index>{30, 8}, {8, 30}, {1, 5}, {5, 1}, {20, 20}}) {
    CAPTURE(rows);
    CAPTURE(cols);
    Matrix w = test::random_matrix(rows, cols + 1, random);
    w.col(cols).setConstant(1000.0F);
    Vector vector = start(cols);
    CHECK(spectral_norm_squared(NormRule::exact, w, vector) ==
          doctest::Approx(test::norm_squared(test::real(w))).epsilon(1e-9));
    CHECK(vector == start(cols));
  }
}

TEST_CASE("the power norm is at most 1.1 times the exact one and gets there over the steps") {
  Random random(2);
  for (const auto& [rows, cols] : {std::pair<Index, Index>{30, 8}, {8, 30}, {100, 100}}) {
    CAPTURE(rows);
    const Matrix w = test::random_matrix(rows, cols + 1, random);
    const double exact = test::norm_squared(test::real(w));
    Vector vector = start(cols);
    double estimate = 0.0;
    for (int step = 0; step < 200; ++step) {
      const double next = spectral_norm_squared(NormRule::power, w, vector);
      CHECK(next <= 1.1 * exact * (1 + 1e-5));
      CHECK(next >= estimate * (1 - 1e-5));  // the Rayleigh quotient of a power iteration never decreases
      CHECK(vector.norm() == doctest::Approx(1.0).epsilon(1e-5));
      estimate = next;
    }
    CHECK(estimate == doctest::Approx(1.1 * exact).epsilon(1e-3));
  }
}

TEST_CASE("the norm of a zero weight is zero") {
  Vector vector = start(4);
  const Matrix w = Matrix::Zero(3, 5);
  CHECK(spectral_norm_squared(NormRule::exact, w, vector) == 0.0);
  CHECK(spectral_norm_squared(NormRule::power, w, vector) == 0.0);
  CHECK(vector == start(4));
}

TEST_CASE("the norm of a weight that is not finite is not finite: the batch is skipped, nothing is thrown") {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    Matrix w = Matrix::Constant(3, 5, 0.5F);
    w(1, 2) = bad;
    Vector vector = start(4);
    CHECK_FALSE(std::isfinite(spectral_norm_squared(NormRule::exact, w, vector)));
    CHECK_FALSE(std::isfinite(spectral_norm_squared(NormRule::power, w, vector)));
  }
}

TEST_CASE("the power norm of a weight whose null space holds the start vector is an upper bound") {
  // Rows that sum to zero: power iteration would stay at the vector of ones forever, and a norm of zero would
  // make the code step diverge.
  Matrix w(2, 3);
  w << 3, -3, 0, 3, -3, 0;
  Vector vector = start(2);
  for (int step = 0; step < 3; ++step) {
    CHECK(spectral_norm_squared(NormRule::power, w, vector) >= spectral_norm_squared(NormRule::exact, w, vector));
  }
}
