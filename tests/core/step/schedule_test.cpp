// Settings that change during learning: their values over time, and that a step uses them.

#include "core/step/schedule.hpp"

#include <doctest/doctest.h>

#include <array>

#include "core/linalg/blas.hpp"
#include "core/step/learner.hpp"
#include "tests/support/blobs.hpp"
#include "tests/support/state_bits.hpp"

using namespace altmind;

TEST_CASE("nothing changes unless a schedule is set") {
  const LearningOptions options;
  CHECK(scheduled(options, 0, 0) == options);
  CHECK(scheduled(options, 1'000'000, 200'000'000) == options);
}

TEST_CASE("mu grows with every mini-batch up to its limit") {
  LearningOptions options;
  options.mu = 0.5;
  options.mu_growth = 0.25;
  CHECK(scheduled(options, 0, 0).mu == 0.5);
  CHECK(scheduled(options, 6, 0).mu == 2.0);
  options.mu_limit = 1.0;
  CHECK(scheduled(options, 2, 0).mu == 1.0);
  CHECK(scheduled(options, 1'000, 0).mu == 1.0);
}

TEST_CASE("both rates halve every so many samples") {
  LearningOptions options;
  options.local_rate = 0.8;
  options.output_rate = 0.4;
  options.rate_halving = 500.0;
  for (const auto& [samples, share] : {std::pair(0U, 1.0), {499U, 1.0}, {500U, 0.5}, {1499U, 0.25}, {1500U, 0.125}}) {
    CAPTURE(samples);
    CHECK(scheduled(options, 7, samples).local_rate == 0.8 * share);
    CHECK(scheduled(options, 7, samples).output_rate == 0.4 * share);
  }
}

TEST_CASE("a decaying rate is the step of Theorem 3.2") {
  struct Constants {
    double xi, gamma, blocks;
  };
  for (const auto& [xi, gamma, blocks] : {Constants{1.6, 0.3, 2}, {1.0, 0.05, 2}, {2.0, 0.2, 4}}) {
    const double slope = 2.0 * xi - 3.0 * gamma * (blocks - 1);
    LearningOptions options;
    options.rate_decay = 2.0 + 1.5 * (blocks - 1) * gamma / slope;
    options.output_rate = 1.5 / (slope * *options.rate_decay);
    for (const std::uint64_t t : {0U, 1U, 10U, 5000U}) {
      const double step = 1.5 / (slope * (static_cast<double>(t) + 2.0) + 1.5 * (blocks - 1) * gamma);
      CHECK(scheduled(options, t, 0).output_rate == doctest::Approx(step).epsilon(1e-12));
    }
  }
}

TEST_CASE("a scheduled learner takes the steps of one whose settings are changed by hand") {
  use_one_blas_thread();
  for (const Rule rule : {Rule::am_sgd, Rule::am_adam, Rule::am_mem}) {
    CAPTURE(static_cast<int>(rule));
    LearnerOptions options;
    options.model.spec.inputs = 6;
    options.model.spec.outputs = 3;
    options.model.hidden = {12, 9};
    options.learning.rule = rule;
    options.learning.output_rule = OutputRule::sgd;
    options.learning.code_rate = 0.5;
    options.learning.mu = 0.125;
    options.learning.mu_growth = 0.125;
    options.learning.mu_limit = 0.5;
    options.learning.rate_halving = 100.0;
    options.learning.rate_decay = 4.0;
    options.memory.gain = Gain::none();
    Learner learner(options);
    LearnerOptions by_hand = options;
    by_hand.learning.mu_growth = 0.0;
    by_hand.learning.rate_halving.reset();
    by_hand.learning.rate_decay.reset();
    LearnerState state = fresh_state(by_hand);
    Random random(3);
    constexpr std::array mu = {0.125, 0.25, 0.375, 0.5, 0.5, 0.5};
    constexpr std::array halved = {1.0, 1.0, 0.5, 0.5, 0.25, 0.25};
    for (std::size_t t = 0; t < mu.size(); ++t) {
      const Batch batch = test::blobs(50, 6, 3, random);
      learner.step(batch);
      by_hand.learning.mu = mu[t];
      by_hand.learning.local_rate = options.learning.local_rate * (halved[t] * (4.0 / (4.0 + static_cast<double>(t))));
      by_hand.learning.output_rate =
          options.learning.output_rate * (halved[t] * (4.0 / (4.0 + static_cast<double>(t))));
      Learner one(by_hand, state);
      one.step(batch);
      state = one.state();
    }
    CHECK(test::difference(learner.state(), state) == "");
  }
}
