#include "core/weights/curvature.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/support/reference.hpp"
#include "tests/support/state_bits.hpp"

using namespace altmind;

namespace {

/// Returns inputs (n, m) whose directions decay like 1/k, the last row ones. The rotation is always the same.
Matrix decaying(Index n, Index m, Random& random) {
  Random turn(17);
  Matrix rotation = test::random_matrix(n, n, turn, 1.0 / std::sqrt(static_cast<double>(n)));
  Matrix x = test::random_matrix(n, m, random);
  for (Index i = 0; i < n; ++i) x.row(i) *= 6.0F / static_cast<Scalar>(i + 1);
  Matrix inputs = rotation * x;
  inputs.row(n - 1).setOnes();
  return inputs;
}

/// Returns d (A + lambda I)^-1 in double, with the A of `curvature`.
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
  CHECK(damping_of({0.5}, curvature.a) == doctest::Approx(0.5 * a.trace() / 30).epsilon(1e-6));
  CHECK(damping_of({}, curvature.a) == doctest::Approx(0.04 * (a * a).trace() / a.trace()).epsilon(1e-5));
  CHECK(damping_of({0.0}, curvature.a) > 0);  // a factor must exist
  // Identities of any scale: squares of A's entries exceed float32.
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
  const Matrix d = test::random_matrix(7, 50, random) * inputs.transpose();  // like a batch's, in A's own directions
  Matrix part;
  for (int i = 0; i < 8; ++i) {
    refresh({}, curvature);
    Matrix solved = d;
    solve(curvature, part, solved);
    CHECK(test::distance(solved, exact(curvature, d)) < 0.01);
  }
  CHECK(test::apart(Matrix(curvature.basis.transpose() * curvature.basis), test::Real::Identity(64, 64)) < 1e-4);
  // The found eigenvalues and the rest add up to the trace of A.
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
    inputs.middleRows(40, 20) = inputs.middleRows(20, 20);  // duplicates
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

TEST_CASE("a damping too small for float32 is raised until there is a factor, and said to be") {
  for (const Index n : {2, 40, 200}) {
    for (const double asked : {0.0, 1e-12, 1e-3}) {
      CAPTURE(n);
      CAPTURE(asked);
      Random random(7);
      Matrix x = test::random_matrix(n, 500, random);
      x.row(0) = 3.0F * Matrix::Ones(1, 500);  // a second constant row: gives a direction without energy
      x.row(n - 1).setOnes();
      Matrix a;
      mean_gram(x, 1, a);
      Matrix factor;
      const std::optional<Damping> found = factorise(a, asked, factor);
      REQUIRE(found);
      CHECK(found->raised == (asked < 1e-3));
      CHECK(found->lambda >= asked);
      CHECK(found->lambda < 1e-3 * a.trace());
      const Matrix lower = factor.triangularView<Eigen::Lower>();
      const test::Real damped = test::symmetric(a) + found->lambda * test::Real::Identity(n, n);
      CHECK(test::apart(Matrix(lower * lower.transpose()), damped) < 1e-5);
    }
  }
  Matrix indefinite = -4.0F * Matrix::Identity(3, 3);
  Matrix factor;
  const std::optional<Damping> found = factorise(indefinite, 1e-9, factor);
  REQUIRE(found);
  CHECK(found->raised);
  CHECK(found->lambda > 4.0);
  indefinite(2, 1) = std::numeric_limits<Scalar>::quiet_NaN();
  CHECK_FALSE(factorise(indefinite, 1.0, factor));
}

TEST_CASE("a refresh that finds no factor or no basis leaves those of the last one") {
  for (const Index n : {30, 300}) {
    CAPTURE(n);
    Random random(8);
    Curvature curvature = fresh_curvature(n);
    add(decaying(n, 100, random), 1, 1.0, curvature);
    CHECK_FALSE(refresh({}, curvature));
    const Curvature before = curvature;
    curvature.a(n - 1, 0) = std::numeric_limits<Scalar>::quiet_NaN();
    refresh({}, curvature);
    CHECK(test::same_matrix(curvature.factor, before.factor));
    CHECK(test::same_matrix(curvature.basis, before.basis));
    CHECK(test::same_matrix(curvature.values, before.values));
  }
}

TEST_CASE("beyond what is kept as a matrix, the leading directions of A and its trace are tracked") {
  CHECK(keeps_square(fresh_curvature(most_squared)));
  CHECK_FALSE(keeps_square(fresh_curvature(most_squared + 1)));
  CHECK(width(fresh_curvature(most_squared + 1)) == most_squared + 1);

  // Feeds the same inputs to a curvature that stores A and to one that does not, at a width where both are possible.
  const Index n = 300;
  Random random(9);
  Curvature whole = fresh_curvature(n);
  Curvature tracked = fresh_curvature(n);
  tracked.a.resize(0, 0);
  tracked.basis.setZero();
  Matrix joined;
  for (int t = 1; t <= 40; ++t) {
    const Matrix inputs = decaying(n, 80, random);
    const double w = std::max(1.0 / t, 0.05);
    add(inputs, 2, w, whole);
    track(inputs, 2, w, joined, tracked);
  }
  for (int i = 0; i < 20; ++i) refresh({}, whole);  // until its basis has converged
  refresh({}, tracked);
  CHECK(tracked.trace == doctest::Approx(whole.a.diagonal().cast<double>().sum()).epsilon(1e-4));
  CHECK(tracked.lambda == doctest::Approx(whole.lambda).epsilon(0.02));
  for (Index k = 0; k < 20; ++k) {
    CAPTURE(k);
    CHECK(tracked.values[k] == doctest::Approx(whole.values[63 - k]).epsilon(0.05));
  }
  CHECK(test::apart(Matrix(tracked.basis.transpose() * tracked.basis), test::Real::Identity(64, 64)) < 1e-2);
  Matrix part;
  Matrix d = test::random_matrix(3, n, random);
  Matrix expected = d;
  solve(tracked, part, d);
  solve(whole, part, expected);
  CHECK(test::apart(d, test::real(expected)) < 0.05);

  // A batch of zeros or of equal samples leaves everything finite.
  Curvature odd = fresh_curvature(n);
  odd.a.resize(0, 0);
  odd.basis.setZero();
  for (const Scalar value : {0.0F, 3.0F, 0.0F, 1e12F}) {
    track(Matrix::Constant(n, 7, value), 1, 0.5, joined, odd);
    refresh({}, odd);
    d.setOnes();
    solve(odd, part, d);
    CHECK(odd.basis.allFinite());
    CHECK(odd.values.allFinite());
    CHECK(d.allFinite());
  }
}
