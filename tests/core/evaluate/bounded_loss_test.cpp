#include "core/evaluate/bounded_loss.hpp"

#include <doctest/doctest.h>

#include "core/linalg/random.hpp"

using namespace altmind;

TEST_CASE("bounded losses of a classification are the errors, whatever the cross-entropy") {
  const std::vector<Score> scores = {{1e9, false, 0, 1}, {0.1, true, 1, 1}, {3.0, false, 0, 1}};
  TargetSpread spread;
  CHECK(bounded_losses(Task::classification, {}, scores, spread) == std::vector<double>{1.0, 0.0, 1.0});
  CHECK(spread == TargetSpread{});
}

TEST_CASE("bounded losses of a regression divide by the targets' variance, of all batches so far") {
  Random random(1);
  TargetSpread spread;
  std::vector<double> all;
  for (const std::size_t m : {5, 1, 40}) {
    std::vector<double> target;
    std::vector<Score> scores;
    for (std::size_t i = 0; i < m; ++i) {
      target.push_back(3.0 + random.normal());
      target.push_back(1000.0 + 2.0 * random.normal());
      scores.push_back({random.uniform() * 8.0});
    }
    all.insert(all.end(), target.begin(), target.end());
    const auto n = static_cast<double>(all.size() / 2);
    double mean[2] = {0.0, 0.0};
    for (std::size_t i = 0; i < all.size(); ++i) mean[i % 2] += all[i] / n;
    double variance = 0.0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const double from = all[i] - mean[i % 2];
      variance += from * from / static_cast<double>(all.size());
    }
    const auto losses = bounded_losses(Task::regression, target, scores, spread);
    REQUIRE(losses.size() == m);
    for (std::size_t i = 0; i < m; ++i) {
      CHECK(losses[i] == doctest::Approx(scores[i].loss / (scores[i].loss + variance)));
    }
  }
}

TEST_CASE("bounded losses stay in [0, 1] where the targets do not vary and where a loss is enormous") {
  const std::vector<double> target = {2.0, 2.0, 2.0};
  const std::vector<Score> scores = {{0.0}, {1e-30}, {1e300}};
  TargetSpread spread;
  CHECK(bounded_losses(Task::regression, target, scores, spread) == std::vector<double>{0.0, 1.0, 1.0});
}
