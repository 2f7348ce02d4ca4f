#include "adapters/sources/file/file_source.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "adapters/sources/file/shuffle.hpp"
#include "tests/adapters/sources/file/running.hpp"
#include "tests/support/packing.hpp"
#include "tests/support/scratch_directory.hpp"

using namespace altmind;
using namespace altmind::adapters;
using namespace altmind::file;
using namespace altmind::ingest;

TEST_CASE("a finite file is delivered whole and in order, and is finished only when all of it is durable") {
  const ScratchDirectory directory;
  Ledger ledger;
  RecordingProbe probe;
  GatheringSink sink(ledger, GatheringSink::unlimited, false);
  FileSource source(ndjson({directory.write("a", lines(0, 1200)), directory.write("b.gz", gzip(lines(1200, 1300)))}),
                    one_number, sink, ledger, probe);
  CHECK(source.progress()->fraction == 0.0);
  source.start();
  REQUIRE(sink.wait_accepted(1300));
  eventually([&] { return source.progress()->fraction == 1.0; });
  CHECK_FALSE(source.progress()->finished);
  sink.acknowledge(sink.waiting_groups());
  CHECK(finished(source));
  CHECK(source.progress()->fraction == 1.0);
  CHECK(sink.first_features(1) == numbers(0, 1300));
  for (const Group& group : sink.durable()) {
    CHECK(group.samples.count <= 500);
    CHECK(group.origin.source == "numbers");
    CHECK(group.origin.stream == "file:numbers");
  }
  const auto status = nlohmann::json::parse(source.status());
  CHECK(status["state"] == "finished");
  CHECK(status["samples"] == 1300);
}

TEST_CASE("wide samples make small groups") {
  const ScratchDirectory directory;
  std::string text = "0";
  for (int i = 1; i < 10'000; ++i) text += ",0";
  std::string file;
  for (int i = 0; i < 60; ++i) file += text + ",1\n";
  SourceOptions options = ndjson({directory.write("wide", file)});
  options.format = Format::csv;
  Ledger ledger;
  GatheringSink sink(ledger);
  RecordingProbe probe;
  FileSource source(options, {Task::classification, LabelKind::index, 10'000, 2}, sink, ledger, probe);
  source.start();
  REQUIRE(finished(source));
  CHECK(sink.durable().size() == 2);
  for (const Group& group : sink.durable()) {
    CHECK(group.samples.x.size() * sizeof(float) <= 2u << 20);
    CHECK(group.batchable);
  }
}

TEST_CASE("epochs repeat the input, shuffled each in an order of its own") {
  const ScratchDirectory directory;
  SourceOptions options = ndjson({directory.write("a", lines(0, 700))});
  options.epochs = 3;
  std::vector<float> thrice = numbers(0, 700);
  for (int i = 0; i < 2; ++i) thrice.insert(thrice.end(), thrice.begin(), thrice.begin() + 700);
  {
    Ledger ledger;
    GatheringSink sink(ledger);
    CHECK(run(options, sink, ledger).empty());
    CHECK(sink.first_features(1) == thrice);
  }
  options.shuffle = true;
  Ledger ledger;
  GatheringSink sink(ledger);
  CHECK(run(options, sink, ledger).empty());
  const std::vector<float> all = sink.first_features(1);
  REQUIRE(all.size() == 2100);
  for (std::uint64_t epoch = 0; epoch < 3; ++epoch) {
    const std::vector<std::uint32_t> order = shuffled_order(700, options.seed, epoch);
    CHECK(std::vector<float>(order.begin(), order.end()) ==
          std::vector<float>(all.begin() + static_cast<std::ptrdiff_t>(700 * epoch),
                             all.begin() + static_cast<std::ptrdiff_t>(700 * (epoch + 1))));
  }
}

TEST_CASE("a full sink slows the source down and loses nothing") {
  const ScratchDirectory directory;
  for (const bool shuffle : {false, true}) {
    SourceOptions options = ndjson({directory.write("a", lines(0, 5000))});
    options.shuffle = shuffle;
    Ledger ledger;
    RecordingProbe probe;
    GatheringSink sink(ledger, 1000, false);
    FileSource source(options, one_number, sink, ledger, probe);
    source.start();
    for (int i = 0; i < 8; ++i) {
      REQUIRE(sink.wait_source_waits());
      REQUIRE(eventually([&] { return nlohmann::json::parse(source.status())["state"] == "waiting for room"; }));
      const std::uint64_t offers = sink.offers();
      CHECK(sink.offers() == offers);  // waits instead of polling
      CHECK(sink.waiting_groups() == 2);
      sink.acknowledge(1);
    }
    REQUIRE(sink.wait_accepted(5000));
    sink.acknowledge(2);
    REQUIRE(finished(source));
    std::vector<float> all = sink.first_features(1);
    if (shuffle) std::sort(all.begin(), all.end());
    CHECK(all == numbers(0, 5000));
    CHECK(probe.queue_full_count() == 8);
  }
}

TEST_CASE("a source that waits for room stops at once and offers nothing afterwards") {
  const ScratchDirectory directory;
  Ledger ledger;
  RecordingProbe probe;
  GatheringSink sink(ledger, 500, false);
  FileSource source(ndjson({directory.write("a", lines(0, 5000))}), one_number, sink, ledger, probe);
  source.start();
  REQUIRE(sink.wait_source_waits());
  source.stop();
  const std::uint64_t offers = sink.offers();
  sink.acknowledge(1);  // the source is gone: its callback reaches nothing
  CHECK(sink.offers() == offers);
  CHECK_FALSE(source.progress()->finished);
  CHECK_FALSE(source.failure());
  CHECK(nlohmann::json::parse(source.status())["state"] == "stopped");
}

TEST_CASE("receipts that come after the source is gone do no harm") {
  const ScratchDirectory directory;
  Ledger ledger;
  RecordingProbe probe;
  GatheringSink sink(ledger, 500, false);
  {
    FileSource source(ndjson({directory.write("a", lines(0, 5000))}), one_number, sink, ledger, probe);
    source.start();
    REQUIRE(sink.wait_source_waits());
  }
  sink.acknowledge(5);
  CHECK(sink.first_features(1).size() == 500);
}

TEST_CASE("a closed sink ends the source without a failure, a refusing journal with one") {
  const ScratchDirectory directory;
  const SourceOptions options = ndjson({directory.write("a", lines(0, 5000))});
  Ledger ledger;
  RecordingProbe probe;
  {
    GatheringSink sink(ledger, 500, false);
    FileSource source(options, one_number, sink, ledger, probe);
    source.start();
    REQUIRE(sink.wait_source_waits());
    sink.close();
    sink.acknowledge(1);
    REQUIRE(eventually([&] { return nlohmann::json::parse(source.status())["state"] == "stopped"; }));
    CHECK_FALSE(source.failure());
    CHECK_FALSE(source.progress()->finished);
  }
  GatheringSink sink(ledger, 500, false);
  FileSource source(options, one_number, sink, ledger, probe);
  source.start();
  REQUIRE(sink.wait_source_waits());
  sink.acknowledge(1, false);
  REQUIRE(eventually([&] { return source.failure().has_value(); }));
  source.stop();
  CHECK(source.failure() == "the journal refused 500 samples");
  CHECK(sink.waiting_groups() == 0);  // nothing after the lost group
}

TEST_CASE("classes that find no room in the label table are refused by name") {
  const ScratchDirectory directory;
  Ledger ledger;
  RecordingProbe probe;
  GatheringSink sink(ledger);
  sink.refuse({1});
  SampleSpec named = one_number;
  named.labels = LabelKind::named;
  FileSource source(ndjson({directory.write(
                        "a", "{\"features\": [1], \"label\": \"cat\"}\n{\"features\": [2], \"label\": \"cow\"}\n")}),
                    named, sink, ledger, probe);
  source.start();
  REQUIRE(finished(source));
  REQUIRE(probe.rejections().size() == 1);
  CHECK(probe.rejections()[0].reason == Reason::label_out_of_range);
  CHECK(probe.rejections()[0].message.find("class \"cow\" is new, and the model has all its 2 classes") !=
        std::string::npos);
}

TEST_CASE("what cannot begin says so at the start, what breaks later as a failure") {
  const ScratchDirectory directory;
  Ledger ledger;
  RecordingProbe probe;
  GatheringSink sink(ledger);
  FileSource missing(ndjson({directory / "none"}), one_number, sink, ledger, probe);
  CHECK_THROWS_WITH_AS(missing.start(), doctest::Contains("cannot open"), std::runtime_error);
  std::string packed = gzip(lines(0, 30'000));
  packed.resize(packed.size() - 5);
  const std::string path = directory.write("cut.gz", packed);
  CHECK(run(ndjson({path}), sink, ledger).find(path + ": truncated gzip data at byte ") == 0);
  const std::vector<float> before = sink.first_features(1);
  CHECK(before.size() > 15'000);  // all but the block that holds the damage
  CHECK(before == numbers(0, before.size()));
}
