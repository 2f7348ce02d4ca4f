#include "core/linalg/blas.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <utility>

#include "tests/support/reference.hpp"

using namespace altmind;

namespace {

/// X X^T / m + 0.1 I of m samples: positive definite. `shown`: its lower triangle, garbage above.
struct Symmetric {
  test::Real full;
  Matrix shown;
};

Symmetric symmetric(Index n, Index m, Random& random) {
  const test::Real x = test::real(test::random_matrix(n, m, random));
  Symmetric s;
  s.full = x * x.transpose() / static_cast<double>(m) + 0.1 * test::Real::Identity(n, n);
  s.shown = s.full.cast<Scalar>();
  s.shown.triangularView<Eigen::StrictlyUpper>().setConstant(-7.0F);
  return s;
}

}  // namespace

TEST_CASE("the Cholesky factor multiplies to the matrix, and its two solves invert it") {
  Random random(1);
  for (const Index n : {1, 2, 17, 80}) {
    CAPTURE(n);
    const Symmetric s = symmetric(n, n + 3, random);
    Matrix factor = s.shown;
    REQUIRE(cholesky_lower(factor));
    const test::Real c = test::real(factor).triangularView<Eigen::Lower>();
    CHECK(test::apart(Matrix((c * c.transpose()).cast<Scalar>()), s.full) < test::single_precision);
    const Matrix b = test::random_matrix(5, n, random);
    Matrix solved = b;
    solve_right_lower_transposed(factor, solved);
    solve_right_lower(factor, solved);
    CHECK(test::apart(Matrix((test::real(solved) * s.full).cast<Scalar>()), test::real(b)) < 1e-3);
  }
  Matrix indefinite = -Matrix::Identity(3, 3);
  CHECK_FALSE(cholesky_lower(indefinite));
}

TEST_CASE("a product with a symmetric matrix reads its lower triangle only") {
  Random random(2);
  const Symmetric s = symmetric(23, 30, random);
  const Matrix b = test::random_matrix(23, 6, random);
  Matrix product(23, 6);
  multiply_symmetric_lower(s.shown, b, product);
  CHECK(test::apart(product, s.full * test::real(b)) < test::single_precision);
}

TEST_CASE("orthonormalise keeps the span, also of columns that depend on each other or are zero") {
  Random random(3);
  for (const int kind : {0, 1, 2}) {
    CAPTURE(kind);
    Matrix x = test::random_matrix(70, 9, random);
    if (kind == 1) x.col(4) = x.col(2);
    if (kind == 2) x.rightCols(5).setZero();
    Matrix q = x;
    const Matrix r = orthonormalise(q);
    CHECK(test::apart(Matrix(q.transpose() * q), test::Real::Identity(9, 9)) < test::single_precision);
    CHECK(test::apart(Matrix(q * r), test::real(x)) < test::single_precision);
    CHECK(r.triangularView<Eigen::StrictlyLower>().toDenseMatrix().isZero(0));
  }
}

TEST_CASE("eigenvectors of a symmetric matrix rebuild it, eigenvalues ascend") {
  Random random(4);
  const Symmetric s = symmetric(40, 50, random);
  Matrix vectors = s.shown;
  Vector values;
  REQUIRE(eigen_symmetric(vectors, values));
  REQUIRE(values.size() == 40);
  for (Index i = 1; i < 40; ++i) CHECK(values[i - 1] <= values[i]);
  CHECK(test::apart(Matrix(vectors.transpose() * vectors), test::Real::Identity(40, 40)) < test::single_precision);
  CHECK(test::apart(Matrix(vectors * values.asDiagonal() * vectors.transpose()), s.full) < test::single_precision);
}

TEST_CASE("eigenvalues of a matrix so large that LAPACK's room for them is no float any more") {
  constexpr Index n = 2900;
  Matrix a = Matrix::Identity(n, n);
  a(n - 1, 0) = 1.0F;  // only the lower triangle is read: eigenvalues 0 and 2 besides the ones
  Vector values;
  REQUIRE(eigen_symmetric(a, values));
  CHECK(values[0] == doctest::Approx(0.0).epsilon(1e-4));
  CHECK(values[1] == doctest::Approx(1.0).epsilon(1e-4));
  CHECK(values[n - 1] == doctest::Approx(2.0).epsilon(1e-4));
}

TEST_CASE("what LAPACK cannot do is said, also of numbers that are none") {
  constexpr Scalar nan = std::numeric_limits<Scalar>::quiet_NaN();
  constexpr Scalar infinity = std::numeric_limits<Scalar>::infinity();
  for (const Index n : {1, 5, 133, 257}) {
    for (const Scalar bad : {nan, infinity, -infinity, -1.0F}) {
      for (const auto& [i, j] : {std::pair(n - 1, Index{0}), std::pair(n / 2, n / 2)}) {
        CAPTURE(n);
        CAPTURE(bad);
        CAPTURE(i);
        if (bad == -1.0F && i != j) continue;
        Matrix a = Matrix::Identity(n, n);
        a(i, j) = bad;
        Matrix factor = a;
        CHECK_FALSE(cholesky_lower(factor));
        Vector values;
        if (bad != -1.0F) CHECK_FALSE(eigen_symmetric(a, values));
      }
    }
    Matrix zero = Matrix::Identity(n, n);
    zero(n / 2, n / 2) = 0.0F;
    CHECK_FALSE(invert_lower(zero));
  }
}
