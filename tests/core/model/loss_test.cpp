#include "core/model/loss.hpp"

#include <doctest/doctest.h>

#include "tests/support/reference.hpp"

using namespace altmind;

TEST_CASE("the loss gradient equals finite differences of the score, masked classes get none") {
  Random random(1);
  const Index outputs = 6;
  const Matrix z = test::random_matrix(outputs, 9, random, 2.0);
  for (const Index classes : {6, 4, 1}) {
    CAPTURE(classes);
    std::vector<std::uint32_t> label;
    for (int i = 0; i < 9; ++i) label.push_back(static_cast<std::uint32_t>(i % classes));
    const Targets targets{Task::classification, label, {}, classes};
    const test::Wanted wanted{label, classes, {}};
    Matrix g = z;
    loss_gradient(targets, g);
    constexpr double h = 1e-5;
    for (Index i = 0; i < z.cols(); ++i) {
      for (Index k = 0; k < outputs; ++k) {
        test::Real right = test::real(z);
        test::Real left = right;
        right(k, i) += h;
        left(k, i) -= h;
        const double slope = (test::loss(wanted, right) - test::loss(wanted, left)) / (2 * h);
        CHECK(static_cast<double>(g(k, i)) == doctest::Approx(slope).epsilon(1e-5));
        if (k >= classes) CHECK(g(k, i) == 0.0F);
      }
    }
    double sum = 0.0;
    for (const Score& score : scores(targets, z)) sum += score.loss;
    CHECK(sum == doctest::Approx(test::loss(wanted, test::real(z))).epsilon(1e-6));
  }
}

TEST_CASE("probabilities sum to one over the classes seen and are zero for the others") {
  Random random(2);
  for (const Index classes : {0, 1, 3, 5}) {
    CAPTURE(classes);
    Matrix z = test::random_matrix(5, 20, random, 3.0);
    z.row(4).setConstant(50.0F);  // a masked class must not count, however large its logit
    to_probabilities(Task::classification, classes, z);
    for (Index i = 0; i < z.cols(); ++i) {
      CHECK(z.col(i).minCoeff() >= 0.0F);
      CHECK(z.col(i).sum() == doctest::Approx(classes > 0 ? 1.0 : 0.0).epsilon(1e-5));
      CHECK((z.col(i).tail(5 - classes).array() == 0.0F).all());
    }
  }
}

TEST_CASE("large logits overflow nothing") {
  const std::vector<std::uint32_t> label = {0, 1, 2};
  const Targets targets{Task::classification, label, {}, 3};
  Matrix z(3, 3);
  z << 1e30F, 1e30F, -1e30F, -1e30F, 1e30F, -1e30F, 0, 0, 3e38F;
  const auto scored = scores(targets, z);
  CHECK(scored[0].loss == 0.0);
  CHECK(scored[0].correct);
  CHECK(scored[1].loss == doctest::Approx(std::log(2.0)));
  CHECK_FALSE(scored[1].correct);  // a tie goes to the lowest index
  CHECK(scored[2].loss == 0.0);
  loss_gradient(targets, z);
  CHECK(z.allFinite());
  CHECK(z.col(0).cwiseAbs().maxCoeff() == 0.0F);
  CHECK(z(0, 1) == 0.5F);
  CHECK(z(1, 1) == -0.5F);
}

TEST_CASE("scores know the label, the rightness and the loss of the wrong answer") {
  const std::vector<std::uint32_t> label = {1, 0};
  Matrix z(4, 2);
  z << 0, 5, 2, 1, 1, 0, 9, 9;  // class 3 is masked
  const auto scored = scores({Task::classification, label, {}, 3}, z);
  CHECK(scored[0].label == 1);
  CHECK(scored[0].correct);
  CHECK(scored[0].loss == doctest::Approx(std::log(std::exp(0.0) + std::exp(2.0) + std::exp(1.0)) - 2.0));
  CHECK(scored[1].correct);
}

TEST_CASE("regression scores the mean square over outputs and descends on half the square") {
  const std::vector<float> target = {1, 2, 3, 4};
  Matrix z(2, 2);
  z << 2, 3, 4, 4;
  const Targets targets{Task::regression, {}, target, 0};
  const auto scored = scores(targets, z);
  CHECK(scored[0].loss == doctest::Approx((1.0 + 4.0) / 2));
  CHECK(scored[1].loss == 0.0);
  CHECK_FALSE(scored[1].correct);
  Matrix same = z;
  to_probabilities(Task::regression, 0, same);
  CHECK(same == z);
  loss_gradient(targets, z);
  CHECK(z(0, 0) == 1.0F);
  CHECK(z(1, 0) == 2.0F);
  CHECK(z.col(1).isZero());
}
