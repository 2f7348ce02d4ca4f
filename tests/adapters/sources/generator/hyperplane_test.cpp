#include "adapters/sources/generator/hyperplane.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "tests/adapters/sources/generator/made.hpp"

using namespace altmind;
using namespace altmind::adapters;
using namespace altmind::generator;

namespace {

/// Of the stream that options_of asks for.
StreamSettings settings_of(std::size_t inputs, std::uint64_t drift_every) {
  return {options_of(GeneratedStream::hyperplane).seed, drift_every, 0.0, inputs};
}

}  // namespace

TEST_CASE("hyperplane labels are the side of the plane of their weights, half of them ones") {
  constexpr std::size_t inputs = 7;
  Hyperplane made(settings_of(inputs, 500));
  const Samples samples = make(options_of(GeneratedStream::hyperplane, 0.0, 500), 0, 20'000, inputs);
  for (std::size_t k = 0; k < samples.count; k += 37) {
    const std::vector<double> w = made.weights(k);
    double side = 0.0;  // sum w (x - 1/2)
    for (std::size_t j = 0; j < inputs; ++j) side += w[j] * (static_cast<double>(samples.x[inputs * k + j]) - 0.5);
    if (std::abs(side) > 1e-9) CHECK(samples.label[k] == (side > 0.0 ? 1u : 0u));
  }
  CHECK(std::abs(share_of_ones(samples) - 0.5) < 4.0 * 0.5 / std::sqrt(20'000.0));
}

TEST_CASE("hyperplane weights move steadily, stay in [0, 1], turn round, and the others stand still") {
  constexpr std::size_t inputs = 5;
  constexpr std::uint64_t every = 100;
  Hyperplane made(settings_of(inputs, every));
  const std::vector<double> start = made.weights(0);
  std::vector<double> before = start;
  std::array<int, inputs> turns{};
  std::array<double, inputs> direction{};
  for (std::uint64_t k = 1; k <= 100'000; ++k) {
    const std::vector<double> now = made.weights(k);
    for (std::size_t j = 0; j < inputs; ++j) {
      const double change = now[j] - before[j];
      CHECK_UNARY(now[j] >= 0.0 && now[j] <= 1.0);
      if (j >= 3) {
        CHECK_UNARY(change == 0.0);
        continue;
      }
      CHECK_UNARY(std::abs(change) < 0.5 / every + 1e-9);  // t / N, less where it is reflected
      if (change * direction[j] < 0.0) ++turns[j];
      direction[j] = change;
    }
    before = now;
  }
  // 1000 blocks: about 100 turns by chance, about 500 - some by reflection (a walk of 0.5 per block in [0, 1]).
  for (std::size_t j = 0; j < 3; ++j) CHECK(turns[j] > 300);
}

TEST_CASE("the concept drifts: the plane of one block is wrong for a later one") {
  constexpr std::size_t inputs = 10;
  Hyperplane made(settings_of(inputs, 20'000));
  const auto disagreement = [&](std::uint64_t a, std::uint64_t b) {
    const std::vector<double> one = made.weights(a);
    const std::vector<double> other = made.weights(b);
    const Samples probe = make(options_of(GeneratedStream::hyperplane), 0, 5000, inputs);
    int differ = 0;
    for (std::size_t k = 0; k < probe.count; ++k) {
      double p = 0.0;
      double q = 0.0;
      for (std::size_t j = 0; j < inputs; ++j) {
        const double x = static_cast<double>(probe.x[inputs * k + j]) - 0.5;
        p += one[j] * x;
        q += other[j] * x;
      }
      differ += (p >= 0.0) != (q >= 0.0) ? 1 : 0;
    }
    return differ / 5000.0;
  };
  CHECK(disagreement(0, 20) < 0.01);
  CHECK(disagreement(0, 20'000) > 0.05);
  CHECK(disagreement(20'000ull * 1000, 20'000ull * 1001) > 0.05);  // drift does not fade with time
}
