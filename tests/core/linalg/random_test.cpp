#include "core/linalg/random.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace altmind;

TEST_CASE("SplitMix64 gives the published values for seed 1234567") {
  Random random(1234567);
  for (const std::uint64_t expected : {6457827717110365317ULL, 3203168211198807973ULL, 9817491932198370423ULL,
                                       4593380528125082431ULL, 16408922859458223821ULL}) {
    CHECK(random.bits() == expected);
  }
}

TEST_CASE("below stays below, hits every value and favours none") {
  Random random(1);
  for (const std::uint64_t n : {1ULL, 2ULL, 7ULL, 10ULL}) {
    CAPTURE(n);
    std::array<int, 10> count{};
    const int draws = 20'000;
    for (int i = 0; i < draws; ++i) {
      const std::uint64_t value = random.below(n);
      REQUIRE(value < n);
      ++count[value];
    }
    double chi = 0.0;
    const double expected = draws / static_cast<double>(n);
    for (std::uint64_t v = 0; v < n; ++v) chi += (count[v] - expected) * (count[v] - expected) / expected;
    CHECK(chi < 35.0);  // nine degrees of freedom: p < 1e-4
  }
}

TEST_CASE("below rejects what would favour small values") {
  // n = 3/4 of 2^64: without rejection the lower third would come twice as often.
  const std::uint64_t n = 3ULL << 62;
  Random random(2);
  int low = 0;
  const int draws = 30'000;
  for (int i = 0; i < draws; ++i) {
    const std::uint64_t value = random.below(n);
    REQUIRE(value < n);
    low += value < n / 3 ? 1 : 0;
  }
  CHECK(low == doctest::Approx(draws / 3.0).epsilon(0.04));
  for (int i = 0; i < 100; ++i) CHECK(random.below(~0ULL) < ~0ULL);
}

TEST_CASE("uniform and normal have the moments they should") {
  Random random(3);
  const int n = 100'000;
  double uniform = 0.0;
  double mean = 0.0;
  double square = 0.0;
  double fourth = 0.0;
  for (int i = 0; i < n; ++i) {
    const double u = random.uniform();
    REQUIRE(u >= 0.0);
    REQUIRE(u < 1.0);
    uniform += u / n;
    const double g = random.normal();
    REQUIRE(std::isfinite(g));
    mean += g / n;
    square += g * g / n;
    fourth += g * g * g * g / n;
  }
  CHECK(uniform == doctest::Approx(0.5).epsilon(0.01));
  CHECK(std::abs(mean) < 0.013);
  CHECK(square == doctest::Approx(1.0).epsilon(0.02));
  CHECK(fourth == doctest::Approx(3.0).epsilon(0.06));
}
