#include "core/continual/novelty.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/support/reference.hpp"

using namespace altmind;

namespace {

/// Draws the share of wrong predictions in a batch of m samples with error rate `error`.
double batch_error(double error, double m, Random& random) {
  double wrong = 0.0;
  for (int i = 0; i < static_cast<int>(m); ++i) wrong += random.uniform() < error ? 1.0 : 0.0;
  return wrong / m;
}

}  // namespace

TEST_CASE("the novelty score is tr(S N) / tr(Qbar N), and 1 for the reference itself") {
  Random random(1);
  const Index n = 7;
  Matrix reference = test::random_matrix(n, 200, random);
  reference.row(2) *= 5.0F;
  const Matrix sum = (reference * reference.transpose()).triangularView<Eigen::Lower>();
  const InputProfile profile = profile_of(sum, 200.0);

  const test::Real mean = test::real(reference) * test::real(reference).transpose() / 200.0;
  const test::Real inverse = test::inverse(mean + 0.1 * mean.diagonal().mean() * test::Real::Identity(n, n));
  Matrix buffer;
  const Matrix x = test::random_matrix(n, 30, random);
  const test::Real moment = test::real(x) * test::real(x).transpose() / 30.0;
  CHECK(novelty_score(profile, x, buffer) ==
        doctest::Approx((moment * inverse).trace() / (mean * inverse).trace()).epsilon(1e-4));
  CHECK(novelty_score(profile, reference, buffer) == doctest::Approx(1.0).epsilon(1e-4));
}

TEST_CASE("an error that wavers around its level is neither risen for long nor jumped") {
  for (const double m : {10.0, 50.0, 200.0}) {
    CAPTURE(m);
    NoveltyState state;
    Random random(2);
    int risen = 0;
    for (int k = 0; k < 2000; ++k) {
      const ErrorSignal signal = observe_error(batch_error(0.2, m, random), m, state);
      risen += signal.risen ? 1 : 0;
      CHECK_FALSE(signal.jumped);
    }
    CHECK(risen < 100);
  }
}

TEST_CASE("an error that jumps is risen at once and jumped a few batches later") {
  NoveltyState state;
  Random random(3);
  for (int k = 0; k < 100; ++k) observe_error(batch_error(0.1, 200.0, random), 200.0, state);
  ErrorSignal signal = observe_error(batch_error(0.8, 200.0, random), 200.0, state);
  CHECK(signal.risen);
  int batches = 1;
  for (; !signal.jumped && batches < 10; ++batches)
    signal = observe_error(batch_error(0.8, 200.0, random), 200.0, state);
  CHECK(signal.jumped);
  CHECK(batches <= 4);
}

TEST_CASE("a jump is not judged before there was a level to jump from") {
  NoveltyState state;
  Random random(4);
  for (int k = 0; k < 10; ++k) observe_error(0.1, 50.0, state);
  for (int k = 0; k < 15; ++k) CHECK_FALSE(observe_error(0.9, 50.0, state).jumped);
}

TEST_CASE("a novelty score is judged by its usual level and spread") {
  NoveltyState state;
  Random random(5);
  for (int k = 0; k < 200; ++k) CHECK_FALSE(observe_novelty(1.1 + 0.05 * random.normal(), false, 200.0, state));
  CHECK_FALSE(observe_novelty(1.25, true, 200.0, state));
  NoveltyState before = state;
  CHECK(observe_novelty(3.0, true, 200.0, state));
  CHECK(state.mean == before.mean);  // a score that raises an alarm does not enter the mean
  CHECK(observe_novelty(3.0, false, 200.0, state));
  CHECK(state.mean > before.mean);
  CHECK(state.variance == before.variance);
}

TEST_CASE("a novelty score that rises little by little is drift, at once it is news") {
  for (const double m : {10.0, 50.0, 200.0}) {
    CAPTURE(m);
    NoveltyState state;
    Random random(6);
    const auto wavering = [&](double level) { return level * (1.0 + 0.02 * random.normal()); };
    for (int k = 0; k < static_cast<int>(10000 / m); ++k) observe_novelty(wavering(1.0), false, m, state);
    const int steps = static_cast<int>(20000 / m);
    for (int k = 0; k < steps; ++k) {
      const double way = static_cast<double>(k) / steps;
      CHECK_FALSE(observe_novelty(wavering(1.0 + 9.0 * way * way), true, m, state));  // accelerating up to ten times
    }
    for (int k = 0; k < 5 * steps; ++k) observe_novelty(wavering(10.0), false, m, state);
    bool noticed = false;
    for (int k = 0; k < static_cast<int>(std::max(1.0, 100 / m)); ++k) {
      noticed = noticed || observe_novelty(wavering(50.0), true, m, state);
    }
    CHECK(noticed);
  }
}

TEST_CASE("one error after none is no rise") {
  NoveltyState state;
  for (int k = 0; k < 2000; ++k) observe_error(0.0, 1.0, state);
  CHECK_FALSE(observe_error(1.0, 1.0, state).risen);
  for (int k = 0; k < 3; ++k) observe_error(1.0, 1.0, state);
  CHECK(observe_error(1.0, 1.0, state).risen);
}

TEST_CASE("a restart forgets levels but the pooled error") {
  NoveltyState state;
  for (int k = 0; k < 50; ++k) {
    observe_error(0.3, 100.0, state);
    observe_novelty(1.2, false, 100.0, state);
  }
  restart(state);
  CHECK(state.error == doctest::Approx(0.3));
  CHECK(state.count == 0);
  CHECK(state.batches == 0);
  CHECK_FALSE(observe_novelty(50.0, true, 100.0, state));  // the first score of a new reference
}
