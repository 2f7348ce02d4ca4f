#include "core/evaluate/page_hinkley.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "core/linalg/random.hpp"

using namespace altmind;

namespace {

/// Computes the definition from the whole list of numbers: m_T - M_T.
double naive_statistic(const std::vector<double>& x, double delta) {
  std::vector<double> m;
  double sum = 0.0;
  double excess = 0.0;
  for (std::size_t t = 0; t < x.size(); ++t) {
    sum += x[t];
    excess += x[t] - sum / static_cast<double>(t + 1) - delta;
    m.push_back(excess);
  }
  return m.back() - *std::min_element(m.begin(), m.end());
}

double wrong(double rate, Random& random) {
  return random.uniform() < rate ? 1.0 : 0.0;
}

}  // namespace

TEST_CASE("page-hinkley is its definition over the list of all numbers") {
  const PageHinkleyOptions options{0.02, 12.0};
  PageHinkley test;
  std::vector<double> x;
  Random random(1);
  int changes = 0;
  for (int i = 0; i < 3000; ++i) {
    const double next = wrong(i < 1500 ? 0.2 : 0.35, random);
    x.push_back(next);
    const double expected = naive_statistic(x, options.delta);
    const auto change = update(options, next, test);
    CHECK(change.has_value() == (x.size() >= 30 && expected > options.lambda));
    if (change) {
      CHECK(change->statistic == doctest::Approx(expected));
      CHECK(test == PageHinkley{});
      x.clear();
      ++changes;
    } else {
      CHECK(statistic(test) == doctest::Approx(expected));
    }
  }
  CHECK(changes > 0);
}

TEST_CASE(
    "page-hinkley finds a rise after about lambda / (rise - delta) numbers and says where it began at the earliest") {
  const PageHinkleyOptions options;
  for (const auto& [before, after] : {std::pair(0.05, 0.30), std::pair(0.10, 0.90), std::pair(0.30, 0.60)}) {
    CAPTURE(before);
    CAPTURE(after);
    const double expected = options.lambda / (after - before - options.delta);
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      Random random(seed);
      PageHinkley test;
      for (int i = 0; i < 20'000; ++i) REQUIRE_FALSE(update(options, wrong(before, random), test));
      std::uint64_t delay = 0;
      std::optional<Change> change;
      while (!change && delay < 20'000) {
        ++delay;
        change = update(options, wrong(after, random), test);
      }
      REQUIRE(change);
      // The sum of `delay` numbers has a deviation of at most half their root, and the walk may have begun above 0.
      CHECK(static_cast<double>(delay) > 0.5 * expected);
      CHECK(static_cast<double>(delay) < 1.5 * expected);
      CHECK(static_cast<double>(change->since) > 0.9 * static_cast<double>(delay));
      CHECK(change->after > change->before + options.delta);
      if (before < 0.2) CHECK(change->before == doctest::Approx(before).epsilon(0.15));
    }
  }
}

TEST_CASE("page-hinkley is silent when the mean falls, and for a rise below delta") {
  Random random(3);
  PageHinkley test;
  const PageHinkleyOptions options;
  for (const double rate : {0.9, 0.5, 0.2, 0.05, 0.055}) {
    for (int i = 0; i < 20'000; ++i) CHECK_FALSE(update(options, wrong(rate, random), test));
  }
}

TEST_CASE("page-hinkley: at most one false alarm in two million numbers of a stationary stream") {
  const PageHinkleyOptions options;
  int alarms = 0;
  for (const double rate : {0.05, 0.2, 0.3, 0.5}) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      Random random(seed);
      PageHinkley test;
      for (int i = 0; i < 50'000; ++i) alarms += update(options, wrong(rate, random), test) ? 1 : 0;
    }
  }
  CHECK(alarms <= 1);
}
