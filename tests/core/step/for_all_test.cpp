// The parts of a step give the same result on any thread and in any order.

#include "core/step/for_all.hpp"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

#include "core/step/learner.hpp"
#include "tests/core/step/variants.hpp"
#include "tests/support/blobs.hpp"
#include "tests/support/layered.hpp"
#include "tests/support/state_bits.hpp"

using namespace altmind;

TEST_CASE("the parts of a step may run in any order and at once, to the same bits") {
  const auto backwards = [](std::size_t n, const Part& part) {
    while (n > 0) part(--n);
  };
  const auto at_once = [](std::size_t n, const Part& part) {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < n; ++i) threads.emplace_back([&part, i] { part(i); });
  };
  std::vector<LearnerOptions> all = test::variants();
  for (const std::size_t steps : {0U, 3U}) {  // a convolution; a recurrent layer
    LearnerOptions options = test::small_self_tuned();
    LayerOptions layer = steps == 0 ? test::convolution(5, 2) : test::recurrent(8, steps);
    options.model.image = {1, 3, 4};
    options.model.layers = {layer, test::dense(9)};
    all.push_back(options);
  }
  for (const LearnerOptions& options : all) {
    Learner one(options), other(options), third(options);
    Random random(2);
    for (int i = 0; i < 12; ++i) {
      const Batch batch = test::blobs(60, 12, 4, random);
      one.step(batch);
      other.step(batch, {}, backwards);
      third.step(batch, {}, at_once);
      if (i == 6) {  // the remaining steps with protection, if the rule has it
        for (Learner* learner : {&one, &other, &third}) learner->consolidate();
      }
    }
    CHECK(test::difference(one.state(), other.state()) == "");
    CHECK(test::difference(one.state(), third.state()) == "");
  }
}
