#include "core/curvature.hpp"

#include <doctest/doctest.h>

#include "tests/support/reference.hpp"
#include "tests/support/state_bits.hpp"

using namespace altmind;

namespace {

/// Inputs (n, m) whose directions lose strength like 1/k, the last row ones. Always turned the same way.
Matrix decaying(Index n, Index m, Random& random) {
  Random turn(17);
  Matrix rotation = test::random_matrix(n, n, turn, 1.0 / std::sqrt(static_cast<double>(n)));
  Matrix x = test::random_matrix(n, m, random);
  for (Index i = 0; i < n; ++i) x.row(i) *= 6.0F / static_cast<Scalar>(i + 1);
  Matrix inputs = rotation * x;
  inputs.row(n - 1).setOnes();
  return inputs;
}

/// d (A + lambda I)^-1 in double, of the A that `curvature` holds.
test::Real exact(const Curvature& curvature, const Matrix& d) {
  const test::Real damped =
      test::symmetric(curvature.a) + curvature.lambda * test::Real::Identity(curvature.a.rows(), curvature.a.rows());
  return test::real(d) * test::inverse(damped);
}

void add(const Matrix& inputs, Index stride, double w, Curvature& curvature) {
  Matrix gram;
  mean_gram(inputs, stride, gram);
  blend(gram, w, curvature);
}

}  // namespace

TEST_CASE("A is the weighted mean of a a^T over every stride-th sample") {
  Random random(1);
  for (const Index stride : {1, 3}) {
    CAPTURE(stride);
    Curvature curvature = fresh_curvature(6);
    test::Real expected = test::Real::Zero(6, 6);
    for (const double w : {1.0, 0.5, 0.1}) {
      const Matrix x = test::random_matrix(6, 10, random);
      test::Real mean = test::Real::Zero(6, 6);
      double count = 0.0;
      for (Index i = 0; i < 10; i += stride, ++count) mean += test::real(x).col(i) * test::real(x).col(i).transpose();
      expected = (1.0 - w) * expected + w / count * mean;
      add(x, stride, w, curvature);
    }
    CHECK(test::apart(curvature.a, test::Real(expected.triangularView<Eigen::Lower>())) < 1e-5);
  }
}

TEST_CASE("damping is a multiple of the mean diagonal, or of the mean eigenvalue weighted by itself") {
  Random random(2);
  Curvature curvature = fresh_curvature(30);
  add(decaying(30, 100, random), 1, 1.0, curvature);
  const test::Real a = test::symmetric(curvature.a);
  CHECK(damping_of(0.5, curvature.a) == doctest::Approx(0.5 * a.trace() / 30).epsilon(1e-6));
  CHECK(damping_of({}, curvature.a) == doctest::Approx(0.04 * (a * a).trace() / a.trace()).epsilon(1e-5));
  CHECK(damping_of(0.0, curvature.a) > 0);  // a factor must exist
  // Ones of every size: squares of A's entries leave float32.
  CHECK(damping_of({}, Matrix(1e23F * Matrix::Identity(30, 30))) == doctest::Approx(0.04 * 1e23).epsilon(1e-5));
}

TEST_CASE("a narrow layer is solved exactly") {
  Random random(3);
  for (const Index n : {1, 2, 40, 256}) {
    CAPTURE(n);
    Curvature curvature = fresh_curvature(n);
    REQUIRE(curvature.basis.size() == 0);
    add(decaying(n, 300, random), 1, 1.0, curvature);
    refresh({}, curvature);
    Matrix d = test::random_matrix(7, n, random);
    const test::Real expected = exact(curvature, d);
    Matrix part;
    solve(curvature, part, d);
    CHECK(test::distance(d, expected) < 1e-4);
  }
}

TEST_CASE("a wide layer is solved as well as its leading eigenvectors tell, at the first refresh and ever after") {
  Random random(4);
  constexpr Index n = 400;
  Curvature curvature = fresh_curvature(n);
  REQUIRE(curvature.basis.cols() == 64);
  add(decaying(n, 1000, random), 1, 1.0, curvature);
  const Matrix inputs = decaying(n, 50, random);
  const Matrix d = test::random_matrix(7, 50, random) * inputs.transpose();  // as a batch asks: in A's own directions
  Matrix part;
  for (int i = 0; i < 8; ++i) {
    refresh({}, curvature);
    Matrix solved = d;
    solve(curvature, part, solved);
    CHECK(test::distance(solved, exact(curvature, d)) < 0.01);
  }
  CHECK(test::apart(Matrix(curvature.basis.transpose() * curvature.basis), test::Real::Identity(64, 64)) < 1e-4);
  // Eigenvalues: trace of the part found and of the rest is the trace of A.
  const double found = curvature.values.cast<double>().sum() + curvature.rest * static_cast<double>(n - 64);
  CHECK(found == doctest::Approx(test::real(curvature.a).trace()).epsilon(1e-4));
}

TEST_CASE("a wide layer whose A has few directions is solved exactly") {
  for (const Index directions : {1, 3, 40}) {
    CAPTURE(directions);
    Random random(5);
    constexpr Index n = 300;
    Curvature curvature = fresh_curvature(n);
    Matrix inputs = test::random_matrix(n, directions, random);
    inputs.row(n - 1).setOnes();
    inputs.topRows(20).setZero();                           // dead
    inputs.middleRows(40, 20) = inputs.middleRows(20, 20);  // twice the same
    add(inputs, 1, 1.0, curvature);
    Matrix part;
    for (int i = 0; i < 5; ++i) refresh({}, curvature);
    const Matrix d = test::random_matrix(4, directions, random) * inputs.transpose();
    Matrix solved = d;
    solve(curvature, part, solved);
    CHECK(solved.allFinite());
    CHECK(test::distance(solved, exact(curvature, d)) < 1e-3);
    CHECK(solved.leftCols(20).norm() < 1e-5F * solved.norm());
    CHECK(test::apart(solved.middleCols(40, 20), test::real(solved.middleCols(20, 20))) < 1e-4);
  }
}

TEST_CASE("numbers near float32's end do not leave it in a refresh") {
  for (const Index n : {40, 300}) {
    CAPTURE(n);
    Random random(6);
    Curvature curvature = fresh_curvature(n);
    add(Matrix(1e11F * test::random_matrix(n, 20, random)), 1, 1.0, curvature);
    refresh({}, curvature);
    CHECK(curvature.factor.allFinite());
    CHECK(curvature.basis.allFinite());
    CHECK(curvature.values.allFinite());
    CHECK(std::isfinite(curvature.lambda));
    CHECK(std::isfinite(curvature.rest));
  }
}
