#include "adapters/sources/generator/streams.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <string>

using namespace altmind;
using namespace altmind::adapters;
using namespace altmind::generator;

namespace {

SourceOptions options_of(GeneratedStream stream, double noise = 0.0, std::uint64_t drift_every = 20'000) {
  SourceOptions options;
  options.type = SourceType::generator;
  options.name = "made";
  options.stream = stream;
  options.noise = noise;
  options.drift_every = drift_every;
  options.seed = 3;
  return options;
}

SampleSpec spec_of(std::size_t inputs, std::size_t outputs = 2) {
  return {Task::classification, LabelKind::index, inputs, outputs};
}

Samples make(const SourceOptions& options, std::size_t inputs, std::uint64_t first, std::size_t count) {
  Samples samples;
  GeneratedSamples(options, spec_of(inputs)).append(first, count, samples);
  return samples;
}

double share_of_ones(const Samples& samples) {
  return static_cast<double>(std::count(samples.label.begin(), samples.label.end(), 1u)) /
         static_cast<double>(samples.count);
}

std::string refusal(const SourceOptions& options, const SampleSpec& spec) {
  try {
    const GeneratedSamples made(options, spec);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("SEA labels follow the threshold of their concept, and the concepts repeat") {
  const std::array<double, 4> thetas{8, 9, 7, 9.5};
  const Samples samples = make(options_of(GeneratedStream::sea, 0.0, 1000), 3, 0, 9000);
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
    const Samples samples = make(options_of(GeneratedStream::sea, 0.0, count), 3, c * count, count);
    CHECK(std::abs(share_of_ones(samples) - expected) < tolerance);
  }
}

TEST_CASE("noise flips its share of labels and touches nothing else") {
  for (const GeneratedStream stream : {GeneratedStream::sea, GeneratedStream::hyperplane}) {
    constexpr std::size_t count = 50'000;
    const Samples clean = make(options_of(stream), 3, 0, count);
    for (const double noise : {0.05, 0.3, 1.0}) {
      const Samples noisy = make(options_of(stream, noise), 3, 0, count);
      CHECK(noisy.x == clean.x);
      std::size_t flipped = 0;
      for (std::size_t k = 0; k < count; ++k) flipped += noisy.label[k] != clean.label[k] ? 1 : 0;
      const double tolerance = 4.0 * std::sqrt(noise * (1.0 - noise) / count) + 1e-12;
      CHECK(std::abs(static_cast<double>(flipped) / count - noise) <= tolerance);
    }
  }
}

TEST_CASE("features are uniform and independent of each other") {
  const Samples samples = make(options_of(GeneratedStream::hyperplane), 4, 1'000'000, 50'000);
  for (std::size_t a = 0; a < 4; ++a) {
    std::array<int, 10> bins{};
    for (std::size_t k = 0; k < samples.count; ++k) ++bins.at(static_cast<std::size_t>(samples.x[4 * k + a] * 10));
    double chi_square = 0.0;
    for (const int count : bins) chi_square += (count - 5000.0) * (count - 5000.0) / 5000.0;
    CHECK(chi_square < 27.88);  // 9 degrees of freedom, p = 0.001
    double covariance = 0.0;
    for (std::size_t k = 0; k < samples.count; ++k) {
      covariance += (static_cast<double>(samples.x[4 * k + a]) - 0.5) *
                    (static_cast<double>(samples.x[4 * k + (a + 1) % 4]) - 0.5);
    }
    CHECK(std::abs(covariance / 50'000.0) < 4.0 / 12.0 / std::sqrt(50'000.0));
  }
}

TEST_CASE("hyperplane labels are the side of the plane of their weights, half of them ones") {
  constexpr std::size_t inputs = 7;
  GeneratedSamples made(options_of(GeneratedStream::hyperplane, 0.0, 500), spec_of(inputs));
  Samples samples;
  made.append(0, 20'000, samples);
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
  GeneratedSamples made(options_of(GeneratedStream::hyperplane, 0.0, every), spec_of(inputs));
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
  GeneratedSamples made(options_of(GeneratedStream::hyperplane), spec_of(inputs));
  const auto disagreement = [&](std::uint64_t a, std::uint64_t b) {
    const std::vector<double> one = made.weights(a);
    const std::vector<double> other = made.weights(b);
    const Samples probe = make(options_of(GeneratedStream::hyperplane), inputs, 0, 5000);
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

TEST_CASE("sample k is the same however one comes to it") {
  for (const GeneratedStream stream : {GeneratedStream::sea, GeneratedStream::hyperplane}) {
    const SourceOptions options = options_of(stream, 0.1, 70);
    const Samples whole = make(options, 3, 0, 1000);
    Samples parts;
    GeneratedSamples made(options, spec_of(3));
    for (std::uint64_t k = 0; k < 1000; k += 125) made.append(k, 125, parts);
    CHECK(parts == whole);
    for (const std::uint64_t k : {999u, 0u, 500u}) {  // also backwards
      Samples one;
      made.append(k, 1, one);
      CHECK(one.x == std::vector<float>(whole.x.begin() + static_cast<std::ptrdiff_t>(3 * k),
                                        whole.x.begin() + static_cast<std::ptrdiff_t>(3 * k + 3)));
      CHECK(one.label[0] == whole.label[k]);
    }
    SourceOptions other = options;
    other.seed = 4;
    CHECK(make(other, 3, 0, 1000).x != whole.x);
  }
}

TEST_CASE("without drift the concept stays, and classes can have names") {
  for (const GeneratedStream stream : {GeneratedStream::sea, GeneratedStream::hyperplane}) {
    const SourceOptions still = options_of(stream, 0.0, 0);
    const SourceOptions slow = options_of(stream, 0.0, 1ull << 62);
    CHECK(make(still, 3, 1ull << 40, 500).label == make(slow, 3, 1ull << 40, 500).label);
  }
  Samples named;
  GeneratedSamples(options_of(GeneratedStream::sea), {Task::classification, LabelKind::named, 3, 2})
      .append(0, 50, named);
  CHECK(named.label.empty());
  CHECK(std::count(named.name.begin(), named.name.end(), "0") + std::count(named.name.begin(), named.name.end(), "1") ==
        50);
}

TEST_CASE("a model that does not fit the stream is refused with a sentence") {
  CHECK(refusal(options_of(GeneratedStream::sea), spec_of(3)).empty());
  CHECK(refusal(options_of(GeneratedStream::sea), spec_of(4)) ==
        "source \"made\": stream \"sea\" has 3 features, but model.inputs is 4");
  CHECK(refusal(options_of(GeneratedStream::hyperplane), spec_of(1)).find("at least 2 features") != std::string::npos);
  CHECK(refusal(options_of(GeneratedStream::sea), spec_of(3, 1)).find("model.max_classes is 1") != std::string::npos);
  CHECK(refusal(options_of(GeneratedStream::sea, 1.5), spec_of(3)).find("noise: must be in 0 .. 1") !=
        std::string::npos);
  CHECK(refusal(options_of(GeneratedStream::sea, std::nan("")), spec_of(3)).find("noise") != std::string::npos);
  CHECK_FALSE(refusal(options_of(GeneratedStream::sea), {Task::regression, LabelKind::index, 3, 1}).empty());
}
