#include "core/model/mixture.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "core/linalg/random.hpp"
#include "core/model/loss.hpp"

using namespace altmind;

namespace {

std::vector<Score> losses(const std::vector<double>& values) {
  std::vector<Score> scores;
  for (const double value : values) scores.push_back({value, false, 0, 0});
  return scores;
}

}  // namespace

TEST_CASE("the mixture's logits give the weighted mean of the networks' probabilities") {
  Random random(3);
  constexpr Index outputs = 5, classes = 4, m = 7;
  std::vector<Matrix> logits(3);
  std::vector<const Matrix*> views;
  for (Matrix& z : logits) {
    z.resize(outputs, m);
    for (Index i = 0; i < z.size(); ++i) z.data()[i] = static_cast<Scalar>(4.0 * random.normal());
    views.push_back(&z);
  }
  const std::vector<double> weights = {0.5, 0.3, 0.2};
  Matrix mixed;
  mix(Task::classification, classes, weights, views, mixed);
  to_probabilities(Task::classification, classes, mixed);
  for (Index j = 0; j < m; ++j) {
    for (Index k = 0; k < classes; ++k) {
      double expected = 0.0;
      for (std::size_t i = 0; i < 3; ++i) {
        double sum = 0.0;
        for (Index c = 0; c < classes; ++c) sum += std::exp(static_cast<double>(logits[i](c, j)));
        expected += weights[i] * std::exp(static_cast<double>(logits[i](k, j))) / sum;
      }
      CHECK(static_cast<double>(mixed(k, j)) == doctest::Approx(expected).epsilon(1e-5));
    }
    CHECK(mixed(classes, j) == 0.0F);
  }
  mix(Task::regression, 0, weights, views, mixed);
  CHECK(static_cast<double>(mixed(4, 6)) ==
        doctest::Approx(0.5 * logits[0](4, 6) + 0.3 * logits[1](4, 6) + 0.2 * logits[2](4, 6)).epsilon(1e-5));
}

TEST_CASE("a mixture of certain networks that contradict each other is finite, and before the first class it is 0") {
  Matrix sure(2, 1), other(2, 1), mixed;
  sure << 1e6F, -1e6F;
  other << -1e6F, 1e6F;
  const std::vector<const Matrix*> views = {&sure, &other};
  mix(Task::classification, 2, std::vector{1.0, 0.0}, views, mixed);
  CHECK(mixed.allFinite());
  CHECK(mixed(1, 0) < -700.0F);
  mix(Task::classification, 0, std::vector{0.5, 0.5}, views, mixed);
  CHECK(mixed.isZero());
}

TEST_CASE("the sum of losses decays by 1/500 per sample, in batches of any size, and counts no loss beyond 9.2") {
  double sum = 0.0, count = 0.0;
  for (int i = 0; i < 5000; ++i) {
    sum = add_losses(Task::classification, losses({i % 2 == 0 ? 0.5 : 1.5}), 0.0, sum);
    count = add_count(1.0, count);
  }
  CHECK(count == doctest::Approx(499.0).epsilon(0.001));
  CHECK(sum / count == doctest::Approx(1.0).epsilon(0.002));
  CHECK(add_losses(Task::classification, losses({50.0}), 0.0, 0.0) == doctest::Approx(9.2 * 0.998));
  double of_batches = 0.0;
  for (int i = 0; i < 500; ++i) {
    of_batches =
        add_losses(Task::classification, losses({0.5, 1.5, 0.5, 1.5, 0.5, 1.5, 0.5, 1.5, 0.5, 1.5}), 0.0, of_batches);
  }
  CHECK(of_batches == doctest::Approx(sum).epsilon(0.02));
}

TEST_CASE("weights fall with the loss by the formula, and sum to 1") {
  const std::vector<double> sums = {100.0, 125.0, 600.0};
  const std::vector<double> weights = mixture_weights(Task::classification, sums, 480.0);
  CHECK(weights[1] / weights[0] == doctest::Approx(std::exp(-0.04 * 25.0)));
  CHECK(weights[2] / weights[0] == doctest::Approx(std::exp(-0.04 * 500.0)));
  CHECK(std::accumulate(weights.begin(), weights.end(), 0.0) == doctest::Approx(1.0));
  CHECK(mixture_weights(Task::classification, std::vector{0.0, 0.0}, 0.0) == std::vector{0.5, 0.5});
}

TEST_CASE("weights of regressions do not depend on the target's unit") {
  const auto weights_in = [](double unit) {
    std::vector<double> sums(2);
    double count = 0.0;
    for (int i = 0; i < 2000; ++i) {
      const double level = least_loss(sums, count);
      sums[0] = add_losses(Task::regression, losses({unit * 1.0}), level, sums[0]);
      sums[1] = add_losses(Task::regression, losses({unit * (i % 100 == 0 ? 1000.0 : 1.2)}), level, sums[1]);
      count = add_count(1.0, count);
    }
    return mixture_weights(Task::regression, sums, count);
  };
  const std::vector<double> weights = weights_in(1.0);
  // 1.2 or, once in a hundred samples, the largest loss that counts, 18.4 times the least: 1.372 on average.
  CHECK(std::log(weights[0] / weights[1]) == doctest::Approx(0.04 * 499.0 * 0.372 / 2.0).epsilon(0.1));
  CHECK(weights_in(1e12)[1] == doctest::Approx(weights[1]));
  CHECK(weights_in(1e-12)[1] == doctest::Approx(weights[1]));
  CHECK(mixture_weights(Task::regression, std::vector{0.0, 0.1}, 10.0)[1] < 1e-6);
}
