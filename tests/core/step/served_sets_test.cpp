#include "core/step/served_sets.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/support/state_bits.hpp"

using namespace altmind;

namespace {

Network of(float value) {
  Network network;
  network.weights = {Matrix::Constant(2, 3, value), Matrix::Constant(1, 3, -value)};
  return network;
}

constexpr double never = 100.0;

/// Returns the step fraction after `steps` steps of m samples in which this set serves.
double step_fraction_after(std::uint64_t set, int steps, double m) {
  ServedSets sets = fresh_sets(of(1.0F));
  std::array<double, 3> loss = {never, never, never};
  loss[set] = 1.0;
  for (int i = 0; i < steps; ++i) {
    add_losses(loss, m, sets);
    follow(of(1.0F), sets);
    adapt_step_fraction(m, sets);
    CHECK(sets.served == set);
  }
  return sets.step_fraction();
}

}  // namespace

TEST_CASE("all sets begin as the live weights, which serve") {
  const ServedSets sets = fresh_sets(of(3.0F));
  CHECK(sets.served == 0);
  CHECK(sets.step_fraction() == doctest::Approx(0.3));
  CHECK(test::same_matrix(sets.fast.weights[0], of(3.0F).weights[0]));
  CHECK(test::same_matrix(sets.slow.weights[1], of(3.0F).weights[1]));
}

TEST_CASE("recent losses are plain means at first and then forget over about 4000 samples") {
  ServedSets sets = fresh_sets(of(1.0F));
  add_losses({4.0, 1.0, 2.0}, 200, sets);
  CHECK(sets.loss == std::array<double, 3>{4.0, 1.0, 2.0});
  add_losses({2.0, 3.0, 2.0}, 200, sets);
  CHECK(sets.loss[0] == doctest::Approx(3.0));
  CHECK(sets.loss[1] == doctest::Approx(2.0));
  for (int i = 0; i < 1000; ++i) add_losses({1.0, 1.0, 1.0}, 200, sets);
  add_losses({2.0, 1.0, 1.0}, 200, sets);
  CHECK(sets.loss[0] == doctest::Approx(1.05));
  add_losses({9.0, 1.0, 1.0}, 5000, sets);  // a batch longer than the window
  CHECK(sets.loss[0] == 9.0);
}

TEST_CASE("the brief average follows within ten steps, the lasting one over the last quarter") {
  ServedSets sets = fresh_sets(of(0.0F));
  double fast = 0.0;
  double slow = 0.0;
  for (int t = 1; t <= 400; ++t) {
    const float live = t <= 200 ? 0.0F : 1.0F;
    follow(of(live), sets);
    adapt_step_fraction(200, sets);
    fast += std::max(1.0 / t, 0.1) * (live - fast);
    slow += 1.0 / (1.0 + t / 4.0) * (live - slow);
    CHECK(sets.fast.weights[0](1, 2) == doctest::Approx(fast).epsilon(1e-4));
    CHECK(sets.slow.weights[0](1, 2) == doctest::Approx(slow).epsilon(1e-4));
    if (t == 220) CHECK(fast > 0.85);
    if (t == 220) CHECK(slow < 0.4);
  }
  CHECK(slow > 0.9);
}

TEST_CASE("the lasting average still follows after a thousand million steps") {
  ServedSets sets = fresh_sets(of(1.0F));
  sets.averaged = 1'000'000'000;
  for (int t = 0; t < 40'000; ++t) follow(of(1.01F), sets);
  adapt_step_fraction(200, sets);
  CHECK(sets.slow.weights[0](1, 2) == doctest::Approx(1.01).epsilon(1e-3));
}

TEST_CASE("the set with the least recent loss serves, the live weights where there is nothing between them") {
  ServedSets sets = fresh_sets(of(1.0F));
  add_losses({1.0, 1.0, 1.0}, 200, sets);
  follow(of(2.0F), sets);
  adapt_step_fraction(200, sets);
  CHECK(sets.served == 0);
  for (const std::uint64_t best : {2U, 1U, 0U}) {
    sets.loss = {3.0, 3.0, 3.0};
    sets.loss[best] = 2.0;
    follow(of(2.0F), sets);
    adapt_step_fraction(200, sets);
    CHECK(sets.served == best);
    const Network live = of(5.0F);
    const Network& serves = sets.network(live);
    CHECK(&serves == (best == 0 ? &live : best == 1 ? &sets.fast : &sets.slow));
  }
}

TEST_CASE("steps become bolder while live weights serve, more timid while the lasting average does") {
  CHECK(step_fraction_after(0, 10, 200) == doctest::Approx(0.3 * std::exp(0.2)));
  CHECK(step_fraction_after(1, 10, 200) == doctest::Approx(0.3));
  CHECK(step_fraction_after(2, 10, 200) == doctest::Approx(0.3 * std::exp(-0.1)));
  CHECK(step_fraction_after(0, 1000, 200) == doctest::Approx(0.9));
  CHECK(step_fraction_after(2, 1000, 200) == doctest::Approx(0.1));
  // kappa sqrt(m / 200), the fraction of the way that a batch moves, is at most 1.
  CHECK(step_fraction_after(0, 1000, 2000) == doctest::Approx(std::sqrt(0.1)));
  CHECK(step_fraction_after(0, 1000, 1e6) == doctest::Approx(0.1));
}
