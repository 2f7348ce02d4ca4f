#include "adapters/sources/generator/generator_source.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "adapters/sources/generator/streams.hpp"
#include "tests/support/gathering_sink.hpp"
#include "tests/support/recording_probe.hpp"

using namespace altmind;
using namespace altmind::adapters;
using namespace altmind::generator;
using namespace altmind::ingest;

namespace {

constexpr SampleSpec three_features{Task::classification, LabelKind::index, 3, 2};

SourceOptions hyperplane() {
  SourceOptions options;
  options.type = SourceType::generator;
  options.name = "plane";
  options.drift_every = 300;
  return options;
}

Samples all_of(const GatheringSink& sink) {
  Samples all;
  for (const Group& group : sink.durable()) {
    all.x.insert(all.x.end(), group.samples.x.begin(), group.samples.x.end());
    all.label.insert(all.label.end(), group.samples.label.begin(), group.samples.label.end());
    all.count += group.samples.count;
  }
  return all;
}

Samples expected(const SourceOptions& options, std::uint64_t first, std::size_t count) {
  Samples samples;
  GeneratedSamples(options, three_features).append(first, count, samples);
  return samples;
}

}  // namespace

TEST_CASE("a limited generator delivers its samples and is finished when they are durable") {
  Ledger ledger;
  RecordingProbe probe;
  GatheringSink sink(ledger, GatheringSink::unlimited, false);
  SourceOptions options = hyperplane();
  options.skip = 100;
  options.limit = 1700;
  GeneratorSource source(options, three_features, sink, ledger, probe);
  source.start();
  REQUIRE(sink.wait_accepted(1700));
  CHECK_FALSE(source.progress()->finished);
  sink.acknowledge(sink.waiting_groups());
  REQUIRE(eventually([&] { return source.progress()->finished; }));
  CHECK(source.progress()->fraction == 1.0);
  CHECK(all_of(sink) == expected(options, 100, 1700));
  for (const Group& group : sink.durable()) CHECK(group.samples.count <= 500);
  CHECK(ledger.position("generator:plane") == "{\"next\":1800}");
}

TEST_CASE("a generator that is stopped anywhere and resumed makes the uninterrupted stream") {
  Ledger ledger;
  RecordingProbe probe;
  SourceOptions options = hyperplane();
  options.limit = 6000;
  Samples all;
  for (std::size_t run = 0; all.count < 6000; ++run) {
    REQUIRE(run < 50);
    GatheringSink sink(ledger, 1000, false);
    GeneratorSource source(options, three_features, sink, ledger, probe);
    source.start();
    REQUIRE(eventually([&] { return sink.waiting_groups() > 0; }));
    sink.acknowledge(1 + run % 3);
    source.stop();
    sink.forget();  // accepted, but not durable
    const Samples part = all_of(sink);
    all.x.insert(all.x.end(), part.x.begin(), part.x.end());
    all.label.insert(all.label.end(), part.label.begin(), part.label.end());
    all.count += part.count;
  }
  CHECK(all == expected(options, 0, 6000));
  GatheringSink sink(ledger);
  GeneratorSource source(options, three_features, sink, ledger, probe);
  source.start();
  REQUIRE(eventually([&] { return source.progress()->finished; }));
  CHECK(sink.offers() == 0);
}

TEST_CASE("a generator without limit goes at the pace of the sink until it is stopped") {
  Ledger ledger;
  RecordingProbe probe;
  GatheringSink sink(ledger, 1000, false);
  GeneratorSource source(hyperplane(), three_features, sink, ledger, probe);
  CHECK_FALSE(source.progress());
  source.start();
  for (int i = 0; i < 5; ++i) {
    REQUIRE(sink.wait_source_waits());
    CHECK(sink.waiting_groups() == 2);
    sink.acknowledge(1);
  }
  REQUIRE(sink.wait_source_waits());
  source.stop();
  const std::uint64_t offers = sink.offers();
  sink.acknowledge(10);
  CHECK(sink.offers() == offers);
  CHECK(probe.queue_full_count() == 6);
}

TEST_CASE("with a rate the samples come when they are due, never sooner") {
  using Clock = std::chrono::steady_clock;
  for (const double rate : {100.0, 1000.0, 100'000.0}) {
    Ledger ledger;
    RecordingProbe probe;
    GatheringSink sink(ledger);
    SourceOptions options = hyperplane();
    options.rate = rate;
    const auto count = static_cast<std::uint64_t>(rate * 0.2);
    options.limit = count;
    GeneratorSource source(options, three_features, sink, ledger, probe);
    const Clock::time_point begun = Clock::now();
    source.start();
    REQUIRE(sink.wait_accepted(count / 2));
    CHECK(Clock::now() - begun >= std::chrono::milliseconds(99));
    REQUIRE(sink.wait_accepted(count));
    const auto elapsed = Clock::now() - begun;
    CHECK(elapsed >= std::chrono::milliseconds(199));
    CHECK(elapsed < std::chrono::seconds(3));  // generous for a busy machine
    REQUIRE(eventually([&] { return source.progress()->finished; }));
    CHECK(all_of(sink) == expected(options, 0, count));
    CHECK(sink.durable().size() <= std::max<std::uint64_t>(count / 500 + 12, 12));  // in groups, not one by one
  }
}

TEST_CASE("a generator that waits for its rate stops at once") {
  Ledger ledger;
  RecordingProbe probe;
  GatheringSink sink(ledger);
  SourceOptions options = hyperplane();
  options.rate = 1e-6;
  GeneratorSource source(options, three_features, sink, ledger, probe);
  source.start();
  const auto before = std::chrono::steady_clock::now();
  source.stop();
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(5));
  CHECK(sink.offers() == 0);
}

TEST_CASE("a generator says what it does, refuses what it cannot, and stops behind a lost group") {
  Ledger ledger;
  RecordingProbe probe;
  GatheringSink sink(ledger, 500, false);
  SourceOptions options = hyperplane();
  {
    GeneratorSource source(options, three_features, sink, ledger, probe);
    source.start();
    REQUIRE(sink.wait_source_waits());
    const auto status = nlohmann::json::parse(source.status());
    CHECK(status["stream"] == "hyperplane");
    CHECK(status["next"] == 500);
    CHECK(status["concept"] == 1);
    sink.acknowledge(1, false);
    REQUIRE(eventually([&] { return source.failure().has_value(); }));
    source.stop();
    CHECK(sink.waiting_groups() == 0);
  }
  options.stream = GeneratedStream::sea;
  CHECK_THROWS_AS(GeneratorSource(options, {Task::classification, LabelKind::index, 4, 2}, sink, ledger, probe),
                  std::runtime_error);
  options.rate = -1.0;
  CHECK_THROWS_WITH_AS(GeneratorSource(options, three_features, sink, ledger, probe),
                       doctest::Contains("rate: must be >= 0"), std::runtime_error);
  Origin origin;
  origin.source = "plane";
  origin.stream = "generator:plane";
  origin.position = "nonsense";
  ledger.record(origin, 1, 1);
  GeneratorSource source(hyperplane(), three_features, sink, ledger, probe);
  CHECK_THROWS_AS(source.start(), std::runtime_error);
}
