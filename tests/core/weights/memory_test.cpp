#include "core/weights/memory.hpp"

#include <doctest/doctest.h>

#include "tests/support/reference.hpp"

using namespace altmind;

namespace {

struct Data {
  Matrix inputs, codes, moved;
};

Data data(Index inputs, Index outputs, Index m, std::uint64_t seed) {
  Random random(seed);
  Data d;
  d.inputs = test::random_matrix(inputs + 1, m, random);
  d.inputs.row(inputs).setOnes();
  d.codes = test::random_matrix(outputs, m, random);
  d.moved = test::random_matrix(outputs, m, random, 0.1);
  return d;
}

/// Returns the mean of left right^T over every `step`-th sample, by the definition.
test::Real mean_product(const Matrix& left, const Matrix& right, Index step) {
  test::Real sum = test::Real::Zero(left.rows(), right.rows());
  Index count = 0;
  for (Index i = 0; i < left.cols(); i += step, ++count) {
    sum += test::real(left).col(i) * test::real(right).col(i).transpose();
  }
  return sum / static_cast<double>(count);
}

test::Real lower(const test::Real& m) {
  return m.triangularView<Eigen::Lower>();
}

}  // namespace

TEST_CASE("batch weight is the share of the batch among all samples, but at least m/T") {
  CHECK(batch_weight(200, 200, std::nullopt) == 1.0);
  CHECK(batch_weight(200, 1000, std::nullopt) == doctest::Approx(0.2));
  CHECK(batch_weight(200, 200'000'000, std::nullopt) == doctest::Approx(1e-6));
  CHECK(batch_weight(200, 200, 1000.0) == 1.0);                      // the first batch is the memory
  CHECK(batch_weight(200, 800, 1000.0) == doctest::Approx(0.25));    // still a plain mean
  CHECK(batch_weight(200, 1000, 1000.0) == doctest::Approx(0.2));    // where the two are equal
  CHECK(batch_weight(200, 50'000, 1000.0) == doctest::Approx(0.2));  // the horizon applies from here on
  CHECK(batch_weight(200, 50'000, 100.0) == 1.0);                    // a batch longer than the horizon
  CHECK(batch_weight(1, 1'000'000, 1000.0) == doctest::Approx(0.001));
}

TEST_CASE("accumulating two halves equals accumulating the whole while the mean is plain") {
  const Data d = data(20, 6, 90, 1);
  Matrix target;
  Memory whole = empty_memory(20, 6);
  const double all = batch_weight(90, 90, std::nullopt);
  accumulate(d.inputs, d.codes, d.moved, all, all, 1, target, whole);
  for (const Index cut : {1, 30, 89}) {
    CAPTURE(cut);
    const Index rest = 90 - cut;
    Memory halves = empty_memory(20, 6);
    accumulate(d.inputs.leftCols(cut), d.codes.leftCols(cut), d.moved.leftCols(cut), 1.0, 1.0, 1, target, halves);
    const double w = batch_weight(static_cast<std::uint64_t>(rest), 90, std::nullopt);
    accumulate(d.inputs.rightCols(rest), d.codes.rightCols(rest), d.moved.rightCols(rest), w, w, 1, target, halves);
    CHECK(test::apart(halves.a, test::real(whole.a)) < 1e-6);
    CHECK(test::apart(halves.b, test::real(whole.b)) < 2e-6);
  }
  const Matrix changed = d.codes + d.moved;
  CHECK(test::apart(whole.a, lower(mean_product(d.inputs, d.inputs, 1))) < 1e-6);
  CHECK(test::apart(whole.b, mean_product(changed, d.inputs, 1)) < 2e-6);
}

TEST_CASE("A is positive semi-definite with a mean weight of one and its upper triangle is not touched") {
  Matrix target;
  Memory memory = empty_memory(20, 6);
  memory.a.triangularView<Eigen::StrictlyUpper>().setConstant(-5.0F);
  std::uint64_t n = 0;
  for (std::uint64_t t = 0; t < 40; ++t) {
    const Data d = data(20, 6, 7, 10 + t);  // fewer samples than inputs: every batch alone is singular
    n += 7;
    accumulate(d.inputs, d.codes, d.moved, batch_weight(7, n, 50.0), 4.0, 1, target, memory);
    for (Index j = 0; j < 21; ++j) {
      for (Index i = 0; i < j; ++i) CHECK(memory.a(i, j) == -5.0F);
    }
    CHECK(test::eigenvalues(test::symmetric(memory.a)).minCoeff() > -1e-5);
    CHECK(memory.a(20, 20) == doctest::Approx(1.0).epsilon(1e-5));  // the bias input: the sum of all weights
  }
}

TEST_CASE("accumulate is the weighted mean of the definition for any weight, gain and stride") {
  const Data d = data(9, 4, 31, 2);
  const Data before = data(9, 4, 50, 3);
  for (const Index stride : {1, 2, 3, 31, 40}) {
    for (const double w : {0.05, 0.4, 1.0}) {
      for (const double gain : {w, 1.0, 4.0}) {
        CAPTURE(stride);
        CAPTURE(w);
        CAPTURE(gain);
        Matrix target;
        Memory memory = empty_memory(9, 4);
        accumulate(before.inputs, before.codes, before.moved, 1.0, 1.0, 1, target, memory);
        const test::Real a = test::real(memory.a);
        const test::Real b = test::real(memory.b);
        accumulate(d.inputs, d.codes, d.moved, w, gain, stride, target, memory);
        CHECK(test::apart(memory.a, (1 - w) * a + w * lower(mean_product(d.inputs, d.inputs, stride))) < 1e-6);
        const test::Real expected =
            (1 - w) * b + w * mean_product(d.codes, d.inputs, stride) + gain * mean_product(d.moved, d.inputs, 1);
        CHECK(test::apart(memory.b, expected) < 2e-6);
      }
    }
  }
}

TEST_CASE("with forward regressors B - W A moves by the gain times d alone, also with a stride") {
  const Data d = data(15, 5, 60, 4);
  Random random(5);
  const Matrix weight = test::random_matrix(5, 16, random);
  const Matrix codes = weight * d.inputs;
  for (const Index stride : {1, 4}) {
    CAPTURE(stride);
    Matrix target;
    Memory memory = empty_memory(15, 5);
    // The weight is the memory's optimum: B = W A.
    accumulate(d.inputs, codes, Matrix::Zero(5, 60), 1.0, 1.0, stride, target, memory);
    accumulate(d.inputs, codes, d.moved, 0.2, 4.0, stride, target, memory);
    test::Real full = test::real(memory.a);
    full.triangularView<Eigen::StrictlyUpper>() = full.transpose();
    const test::Real left = test::real(memory.b) - test::real(weight) * full;
    const test::Real asked = 4.0 * mean_product(d.moved, d.inputs, 1);
    CHECK((left - asked).cwiseAbs().maxCoeff() < 2e-5);
    CHECK(asked.cwiseAbs().maxCoeff() > 0.05);
  }
}
