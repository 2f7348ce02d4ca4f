#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "tests/adapters/sources/generator/made.hpp"

using namespace altmind;
using namespace altmind::adapters;
using namespace altmind::generator;

TEST_CASE("SEA labels follow the threshold of their concept, and the concepts repeat") {
  const std::array<double, 4> thetas{8, 9, 7, 9.5};
  const Samples samples = make(options_of(GeneratedStream::sea, 0.0, 1000), 0, 9000);
  for (std::size_t k = 0; k < samples.count; ++k) {
    const float* x = &samples.x[3 * k];
    const double sum = static_cast<double>(x[0]) + static_cast<double>(x[1]);
    CHECK(samples.label[k] == (sum <= thetas[k / 1000 % 4] ? 1u : 0u));
  }
  CHECK(*std::min_element(samples.x.begin(), samples.x.end()) >= 0.0f);
  CHECK(*std::max_element(samples.x.begin(), samples.x.end()) <= 10.0f);
}

TEST_CASE("the classes of SEA have the shares that geometry gives") {
  // P(x0 + x1 <= theta) on [0,10]^2 is theta^2 / 200 for theta <= 10; tolerance: four standard deviations.
  const std::array<double, 4> thetas{8, 9, 7, 9.5};
  constexpr std::size_t count = 40'000;
  for (std::size_t c = 0; c < 4; ++c) {
    const double expected = thetas[c] * thetas[c] / 200.0;
    const double tolerance = 4.0 * std::sqrt(expected * (1.0 - expected) / count);
    const Samples samples = make(options_of(GeneratedStream::sea, 0.0, count), c * count, count);
    CHECK(std::abs(share_of_ones(samples) - expected) < tolerance);
  }
}
