// Batch normalisation of codes, in a batch and in a prediction, and its gradient.

#include "core/model/batch_norm.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "core/linalg/random.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/slope.hpp"

using namespace altmind;

namespace {

constexpr Index norm_inputs = 5, norm_units = 4, norm_samples = 30;

BatchNorm some_norm(Random& random) {
  BatchNorm norm = fresh_batch_norm(test::random_matrix(norm_units, norm_inputs + 1, random));
  norm.affine = test::random_matrix(norm_units, 2, random);
  norm.statistics.col(0) = test::random_matrix(norm_units, 1, random);
  norm.statistics.col(1) = test::random_matrix(norm_units, 1, random).cwiseAbs();
  return norm;
}

/// Returns inputs far from 0, like those that need normalising.
Matrix some_inputs(Random& random) {
  Matrix a = test::random_matrix(norm_inputs + 1, norm_samples, random).array() * 3.0F + 2.0F;
  a.row(norm_inputs).setOnes();
  return a;
}

Matrix codes_of(const BatchNorm& norm, const Matrix& a) {
  return folded(norm, row_statistics(norm.weight * a)) * a;
}

}  // namespace

TEST_CASE("under the statistics of their batch codes have mean beta and deviation gamma") {
  Random random(1);
  const BatchNorm norm = some_norm(random);
  const Matrix codes = codes_of(norm, some_inputs(random));
  for (Index i = 0; i < norm_units; ++i) {
    const auto row = codes.row(i).cast<double>();
    const double mean = row.mean();
    const double deviation = std::sqrt((row.array() - mean).square().mean());
    CHECK(mean == doctest::Approx(norm.affine(i, 1)).epsilon(1e-3));
    CHECK(deviation == doctest::Approx(std::abs(norm.affine(i, 0))).epsilon(1e-3));
  }
}

TEST_CASE("in an answer codes are those of the running statistics") {
  Random random(2);
  const BatchNorm norm = some_norm(random);
  const Matrix a = some_inputs(random);
  const Matrix codes = folded(norm, norm.statistics) * a;
  for (Index i = 0; i < norm_units; ++i) {
    for (Index j = 0; j < norm_samples; ++j) {
      double raw = 0.0;
      for (Index k = 0; k < norm_inputs; ++k) raw += static_cast<double>(norm.weight(i, k)) * a(k, j);
      const double expected =
          norm.affine(i, 0) * (raw - norm.statistics(i, 0)) / std::sqrt(norm.statistics(i, 1) + 1e-5) +
          norm.affine(i, 1);
      CHECK(codes(i, j) == doctest::Approx(expected).epsilon(1e-3));
    }
  }
}

TEST_CASE("running statistics follow those of batches, variances unbiased") {
  Random random(3);
  BatchNorm norm = fresh_batch_norm(test::random_matrix(norm_units, norm_inputs + 1, random));
  const Matrix statistics = test::random_matrix(norm_units, 2, random).cwiseAbs();
  follow_statistics(statistics, 5, 0.25, norm);
  for (Index i = 0; i < norm_units; ++i) {
    CHECK(norm.statistics(i, 0) == doctest::Approx(0.25 * statistics(i, 0)));
    CHECK(norm.statistics(i, 1) == doctest::Approx(0.75 + 0.25 * statistics(i, 1) * 5.0 / 4.0));
  }
}

TEST_CASE("the gradient is that of codes whose statistics move with them, by finite differences") {
  Random random(4);
  BatchNorm norm = some_norm(random);
  const Matrix a = some_inputs(random);
  const Matrix asked = test::random_matrix(norm_units, norm_samples, random);
  Matrix d = asked;
  BatchNormGradient gradient;
  const Matrix raw = norm.weight * a;
  batch_norm_gradient(norm, a, raw, row_statistics(raw), d, gradient);
  const auto objective = [&] { return codes_of(norm, a).cast<double>().cwiseProduct(asked.cast<double>()).sum(); };
  for (Index i = 0; i < norm_units; ++i) {
    for (Index k = 0; k < norm_inputs; ++k) {
      CHECK(test::slope(norm.weight(i, k), objective) == doctest::Approx(gradient.weight(i, k)).epsilon(0.02));
    }
    CHECK(gradient.weight(i, norm_inputs) == 0.0F);
    for (Index k = 0; k < 2; ++k)
      CHECK(test::slope(norm.affine(i, k), objective) == doctest::Approx(gradient.affine(i, k)).epsilon(0.02));
  }
}
