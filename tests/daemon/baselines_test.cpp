#include "daemon/baselines.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "core/random.hpp"

using namespace altmind;

TEST_CASE("baselines: majority and no-change agree with counting anew for every sample") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Random random(seed);
    std::vector<std::uint32_t> seen;
    Baselines baselines;
    CHECK(baselines.majority() == 0.0);
    CHECK(baselines.no_change() == 0.0);
    std::size_t majority = 0;
    std::size_t no_change = 0;
    for (int block = 0; block < 30; ++block) {
      Samples samples;
      for (std::uint64_t n = random.below(8); n > 0; --n) {
        // Few classes, the highest first: ties and changes of the lead are frequent.
        const auto label = static_cast<std::uint32_t>(seen.empty() ? 3 : random.below(4));
        std::vector<std::size_t> counts(4);
        for (const std::uint32_t one : seen) ++counts[one];
        std::uint32_t best = 0;
        for (std::uint32_t k = 1; k < 4; ++k) best = counts[k] > counts[best] ? k : best;
        majority += !seen.empty() && best == label ? 1 : 0;
        no_change += !seen.empty() && seen.back() == label ? 1 : 0;
        seen.push_back(label);
        samples.label.push_back(label);
        ++samples.count;
      }
      baselines.add(samples);
    }
    CHECK(baselines.majority() == static_cast<double>(majority) / static_cast<double>(seen.size()));
    CHECK(baselines.no_change() == static_cast<double>(no_change) / static_cast<double>(seen.size()));
  }
}
