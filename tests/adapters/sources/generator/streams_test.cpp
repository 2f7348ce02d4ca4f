#include "adapters/sources/generator/streams.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/adapters/sources/generator/made.hpp"

using namespace altmind;
using namespace altmind::adapters;
using namespace altmind::generator;

namespace {

std::vector<GeneratedStream> all_streams() {
  std::vector<GeneratedStream> all;
  for (std::size_t i = 0; i < stream_shapes.size(); ++i) all.push_back(static_cast<GeneratedStream>(i));
  return all;
}

/// Whose labels are made wrong after the fact.
std::vector<GeneratedStream> with_noisy_labels() {
  std::vector<GeneratedStream> some;
  for (const GeneratedStream stream : all_streams()) {
    if (stream != GeneratedStream::led && shape_of(stream).classes > 0) some.push_back(stream);
  }
  return some;
}

/// Features, labels and targets of one sample.
std::vector<float> row(const Samples& samples, std::size_t k) {
  const std::size_t d = samples.x.size() / samples.count;
  std::vector<float> all(samples.x.begin() + static_cast<std::ptrdiff_t>(k * d),
                         samples.x.begin() + static_cast<std::ptrdiff_t>(k * d + d));
  all.push_back(samples.target.empty() ? static_cast<float>(samples.label[k]) : samples.target[k]);
  return all;
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

TEST_CASE("noise makes its share of labels wrong and touches nothing else") {
  for (const GeneratedStream stream : with_noisy_labels()) {
    CAPTURE(shape_of(stream).name);
    constexpr std::size_t count = 20'000;
    const Samples clean = make(options_of(stream), 0, count);
    for (const double noise : {0.05, 0.3, 1.0}) {
      const Samples noisy = make(options_of(stream, noise), 0, count);
      CHECK(noisy.x == clean.x);
      std::size_t wrong = 0;
      for (std::size_t k = 0; k < count; ++k) wrong += noisy.label[k] != clean.label[k] ? 1 : 0;
      const double tolerance = 4.0 * std::sqrt(noise * (1.0 - noise) / count) + 1e-12;
      CHECK(std::abs(static_cast<double>(wrong) / count - noise) <= tolerance);
    }
  }
}

TEST_CASE("a wrong label may be any of the other classes, all as likely") {
  constexpr std::size_t count = 30'000;
  const Samples clean = make(options_of(GeneratedStream::chessboard), 0, count);
  const Samples noisy = make(options_of(GeneratedStream::chessboard, 0.7), 0, count);
  std::array<double, 8> by_distance{};
  for (std::size_t k = 0; k < count; ++k) ++by_distance.at((noisy.label[k] + 8 - clean.label[k]) % 8);
  for (std::size_t c = 1; c < 8; ++c) CHECK(std::abs(by_distance[c] / count - 0.1) < 4.0 * std::sqrt(0.09 / count));
}

TEST_CASE("features are uniform and independent of each other") {
  const Samples samples = make(options_of(GeneratedStream::hyperplane), 1'000'000, 50'000, 4);
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

TEST_CASE("sample k is the same in whatever order samples are asked for") {
  for (const GeneratedStream stream : all_streams()) {
    CAPTURE(shape_of(stream).name);
    const SourceOptions options = options_of(stream, 0.1, 70);
    const Samples whole = make(options, 0, 1000);
    Samples parts;
    GeneratedSamples made(options, spec_of(stream));
    for (std::uint64_t k = 0; k < 1000; k += 125) made.append(k, 125, parts);
    CHECK(parts == whole);
    for (const std::uint64_t k : {999u, 0u, 500u}) {  // also backwards
      Samples one;
      made.append(k, 1, one);
      CHECK(row(one, 0) == row(whole, k));
    }
    SourceOptions other = options;
    other.seed = 4;
    CHECK(make(other, 0, 1000).x != whole.x);
  }
}

TEST_CASE("every class of a stream comes, and none beyond them") {
  for (const GeneratedStream stream : all_streams()) {
    if (shape_of(stream).classes == 0) continue;
    CAPTURE(shape_of(stream).name);
    const Samples samples = make(options_of(stream, 0.0, 3000), 0, 30'000);
    const std::set<std::uint32_t> classes(samples.label.begin(), samples.label.end());
    CHECK(classes.size() == shape_of(stream).classes);
    CHECK(*classes.rbegin() == shape_of(stream).classes - 1);
  }
}

TEST_CASE("without drift the concept stays") {
  for (const GeneratedStream stream : all_streams()) {
    CAPTURE(shape_of(stream).name);
    const Samples still = make(options_of(stream, 0.0, 0), 0, 500);
    const Samples slow = make(options_of(stream, 0.0, 1ull << 62), 0, 500);
    if (stream == GeneratedStream::chessboard || stream == GeneratedStream::mixed_drift) continue;  // part by part
    CHECK(still == slow);
  }
}

TEST_CASE("classes can have names") {
  SampleSpec spec = spec_of(GeneratedStream::led);
  spec.labels = LabelKind::named;
  Samples named;
  GeneratedSamples(options_of(GeneratedStream::led), spec).append(0, 500, named);
  CHECK(named.label.empty());
  CHECK(std::set<std::string>(named.name.begin(), named.name.end()) ==
        std::set<std::string>{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"});
}

TEST_CASE("a model that does not fit the stream is refused with a sentence") {
  const auto spec = [](std::size_t inputs, std::size_t outputs) {
    return SampleSpec{Task::classification, LabelKind::index, inputs, outputs};
  };
  const SampleSpec regression{Task::regression, LabelKind::index, 10, 1};
  CHECK(refusal(options_of(GeneratedStream::sea), spec(3, 2)).empty());
  CHECK(refusal(options_of(GeneratedStream::sea), spec(4, 2)) ==
        "source \"made\": stream \"sea\" has 3 features, but model.inputs is 4");
  CHECK(refusal(options_of(GeneratedStream::hyperplane), spec(1, 2)) ==
        "source \"made\": stream \"hyperplane\" needs at least 2 features, but model.inputs is 1");
  CHECK(refusal(options_of(GeneratedStream::led), spec(24, 9)) ==
        "source \"made\": stream \"led\" has 10 classes, but model.max_classes is 9");
  CHECK(refusal(options_of(GeneratedStream::sea, 1.5), spec(3, 2)).find("noise: must be in 0 .. 1") !=
        std::string::npos);
  CHECK(refusal(options_of(GeneratedStream::sea, std::nan("")), spec(3, 2)).find("noise") != std::string::npos);
  CHECK(refusal(options_of(GeneratedStream::led), regression) ==
        "source \"made\": stream \"led\" contradicts model.task = \"regression\": its labels are classes");
  CHECK(refusal(options_of(GeneratedStream::friedman), spec(10, 2)) ==
        "source \"made\": stream \"friedman\" contradicts model.task = \"classification\": its targets are numbers");
  CHECK(refusal(options_of(GeneratedStream::planes), regression).empty());
}
