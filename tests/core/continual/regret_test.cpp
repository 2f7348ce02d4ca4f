#include "core/continual/regret.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "core/linalg/random.hpp"

using namespace altmind;

namespace {

/// Returns the scores of m samples, a share `wrong` of them wrong.
std::vector<Score> answers(std::size_t m, double wrong, Random& random) {
  std::vector<Score> scores(m);
  for (Score& score : scores) score.correct = random.uniform() >= wrong;
  return scores;
}

}  // namespace

TEST_CASE("protection that predicts as well is never too dear, however noisy the answers") {
  for (const std::size_t m : {std::size_t{1}, std::size_t{10}, std::size_t{200}}) {
    CAPTURE(m);
    Regret regret;
    Random random(1);
    for (std::size_t n = 0; n < 100000; n += m) {
      add(Task::classification, answers(m, 0.3, random), answers(m, 0.3, random), 1.0, regret);
      REQUIRE_FALSE(too_dear(Task::classification, regret_budget(Task::classification, 1), regret));
    }
  }
}

TEST_CASE("protection that predicts worse is too dear after some hundred samples, and in debt for thousands") {
  Regret regret;
  Random random(2);
  const auto same = answers(50, 0.1, random);
  for (int k = 0; k < 100; ++k) add(Task::classification, same, same, 1.0, regret);
  CHECK_FALSE(in_debt(Task::classification, regret_budget(Task::classification, 1), regret));
  int batches = 0;
  for (; !too_dear(Task::classification, regret_budget(Task::classification, 1), regret); ++batches) {
    add(Task::classification, answers(50, 0.3, random), answers(50, 0.1, random), 1.0, regret);
  }
  CHECK(batches * 50 > 100);
  CHECK(batches * 50 < 1000);
  CHECK(regret.lost < 0.02 * regret.samples);
  batches = 0;
  for (; in_debt(Task::classification, regret_budget(Task::classification, 1), regret); ++batches)
    add(Task::classification, same, same, 1.0, regret);
  CHECK(batches * 50 > 2000);
  CHECK(batches * 50 < 20000);
}

TEST_CASE("what protection has won pays for what it costs later, within about 200,000 samples") {
  Regret regret;
  Random random(4);
  const auto learn = [&](int samples, double with, double without) {
    for (int k = 0; k < samples / 200; ++k) {
      add(Task::classification, answers(200, with, random), answers(200, without, random), 1.0, regret);
    }
  };
  learn(100'000, 0.10, 0.12);
  learn(50'000, 0.13, 0.12);
  CHECK_FALSE(too_dear(Task::classification, regret_budget(Task::classification, 1), regret));
  learn(1'000'000, 0.13, 0.12);
  CHECK(too_dear(Task::classification, regret_budget(Task::classification, 1), regret));
}

TEST_CASE("what new classes cost is counted only where protected ones come too") {
  Random random(3);
  for (const double old_share : {0.0, 0.02, 0.2}) {
    CAPTURE(old_share);
    Regret regret;
    for (int k = 0; k < 100; ++k) {
      add(Task::classification, answers(50, 0.4, random), answers(50, 0.1, random), old_share, regret);
    }
    CHECK(too_dear(Task::classification, regret_budget(Task::classification, 1), regret) == (old_share > 0.1));
  }
}

TEST_CASE("a regression is judged by its loss, in any unit, and what is not finite says nothing") {
  for (const double unit : {1e-6, 1.0, 1e6}) {
    CAPTURE(unit);
    Regret regret;
    const std::vector<Score> better(20, Score{.loss = unit});
    const std::vector<Score> worse(20, Score{.loss = 2.0 * unit});
    for (int k = 0; k < 200; ++k) add(Task::regression, better, better, 1.0, regret);
    CHECK_FALSE(too_dear(Task::regression, regret_budget(Task::regression, 1), regret));
    int batches = 0;
    for (; !too_dear(Task::regression, regret_budget(Task::regression, 1), regret); ++batches)
      add(Task::regression, worse, better, 1.0, regret);
    CHECK(batches <= 3);
    const Regret before = regret;
    add(Task::regression, std::vector<Score>(20, Score{.loss = std::nan("")}), better, 1.0, regret);
    CHECK(regret.lost == before.lost);
  }
}
