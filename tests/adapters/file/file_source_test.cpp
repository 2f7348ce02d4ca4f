#include "adapters/file/file_source.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>

#include "adapters/file/shuffle.hpp"
#include "adapters/random.hpp"
#include "tests/support/gathering_sink.hpp"
#include "tests/support/packing.hpp"
#include "tests/support/recording_probe.hpp"
#include "tests/support/scratch_directory.hpp"

using namespace altmind;

namespace {

constexpr SampleSpec one_input{Task::classification, LabelKind::index, 1, 2};

SourceOptions ndjson(std::vector<std::string> paths) {
  SourceOptions options;
  options.type = SourceType::file;
  options.name = "numbers";
  options.paths = std::move(paths);
  return options;
}

std::string line(std::size_t value) {
  return "{\"features\": [" + std::to_string(value) + "], \"label\": 1}\n";
}

std::string lines(std::size_t from, std::size_t to) {
  std::string text;
  for (std::size_t i = from; i < to; ++i) text += line(i);
  return text;
}

std::vector<float> numbers(std::size_t from, std::size_t to) {
  std::vector<float> all(to - from);
  std::iota(all.begin(), all.end(), static_cast<float>(from));
  return all;
}

bool finished(const FileSource& source) {
  return eventually([&] { return source.progress()->finished || source.failure(); }) && !source.failure();
}

// One run to the end, or to its failure.
std::string run(const SourceOptions& options, GatheringSink& sink, const Ledger& ledger) {
  RecordingProbe probe;
  FileSource source(options, one_input, sink, ledger, probe);
  source.start();
  finished(source);
  return source.failure().value_or("");
}

// Runs again and again, each time stopped after a random number of samples of which a random part was made
// durable, until the input is finished. What became durable must be the whole input, each record once.
std::vector<float> run_with_crashes(const SourceOptions& options, std::uint64_t seed, int& crashes) {
  Random random(seed, 0);
  Ledger ledger;
  std::vector<float> all;
  for (bool done = false; !done;) {
    GatheringSink sink(ledger, 1 + random.below(3000), false);
    RecordingProbe probe;
    FileSource source(options, one_input, sink, ledger, probe);
    source.start();
    const std::uint64_t groups = random.below(4);
    for (std::uint64_t i = 0; i < groups; ++i) {
      eventually([&] { return sink.waiting_groups() > 0 || source.progress()->finished || source.failure(); });
      sink.acknowledge(1);
    }
    if (const auto reason = source.failure()) FAIL(*reason);
    done = source.progress()->finished;
    source.stop();
    sink.forget();
    ++crashes;
    const std::vector<float> part = sink.first_features(1);
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace

TEST_CASE("a finite file is delivered whole and in order, and is finished only when all of it is durable") {
  const ScratchDirectory directory;
  Ledger ledger;
  RecordingProbe probe;
  GatheringSink sink(ledger, GatheringSink::unlimited, false);
  FileSource source(ndjson({directory.write("a", lines(0, 1200)), directory.write("b.gz", gzip(lines(1200, 1300)))}),
                    one_input, sink, ledger, probe);
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
  for (int i = 0; i < 200; ++i) file += text + ",1\n";
  SourceOptions options = ndjson({directory.write("wide", file)});
  options.format = Format::csv;
  Ledger ledger;
  GatheringSink sink(ledger);
  RecordingProbe probe;
  FileSource source(options, {Task::classification, LabelKind::index, 10'000, 2}, sink, ledger, probe);
  source.start();
  REQUIRE(finished(source));
  CHECK(sink.durable().size() > 3);
  for (const Group& group : sink.durable()) CHECK(group.samples.x.size() * sizeof(float) <= 2u << 20);
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

TEST_CASE("after any number of crashes every record has been delivered once and in order") {
  const ScratchDirectory directory;
  const std::string plain = directory.write("plain", lines(0, 2000));
  const std::string packed = directory.write("packed", xz(lines(2000, 3500)));
  SourceOptions options = ndjson({plain, packed, directory.write("last", lines(3500, 4000))});
  options.skip = 100;
  options.limit = 3800;
  options.epochs = 2;
  std::vector<float> expected = numbers(100, 3900);
  expected.insert(expected.end(), expected.begin(), expected.begin() + 3800);
  int crashes = 0;
  for (std::uint64_t seed = 0; seed < 8; ++seed) CHECK(run_with_crashes(options, seed, crashes) == expected);
  CHECK(crashes > 30);

  options.shuffle = true;
  Ledger ledger;
  GatheringSink sink(ledger);
  CHECK(run(options, sink, ledger).empty());
  const std::vector<float> shuffled = sink.first_features(1);
  for (std::uint64_t seed = 0; seed < 8; ++seed) CHECK(run_with_crashes(options, seed, crashes) == shuffled);
}

TEST_CASE("an input that was finished stays finished, and more epochs go on from there") {
  const ScratchDirectory directory;
  SourceOptions options = ndjson({directory.write("a", lines(0, 10))});
  for (const bool shuffle : {false, true}) {
    options.shuffle = shuffle;
    options.epochs = 1;
    Ledger ledger;
    GatheringSink first(ledger);
    CHECK(run(options, first, ledger).empty());
    GatheringSink second(ledger);
    CHECK(run(options, second, ledger).empty());
    CHECK(second.offers() == 0);
    options.epochs = 2;
    GatheringSink third(ledger);
    CHECK(run(options, third, ledger).empty());
    CHECK(third.first_features(1).size() == 10);
  }
}

TEST_CASE("refused records are told once each and the position goes past them") {
  const ScratchDirectory directory;
  const SourceOptions options =
      ndjson({directory.write("a", "bad\n" + lines(0, 3) + "bad\n" + lines(3, 5) + "bad\nbad\n")});
  Ledger ledger;
  RecordingProbe probe;
  GatheringSink sink(ledger);
  {
    FileSource source(options, one_input, sink, ledger, probe);
    source.start();
    REQUIRE(finished(source));
  }
  CHECK(sink.first_features(1) == numbers(0, 5));
  CHECK(probe.rejections().size() == 4);
  FileSource again(options, one_input, sink, ledger, probe);
  again.start();
  REQUIRE(finished(again));
  CHECK(probe.rejections().size() == 4);
  CHECK(probe.accepted_count("numbers") == 0);  // the writer's to count
}

TEST_CASE("a group of refused records alone still moves the position") {
  const ScratchDirectory directory;
  std::string bad;
  for (int i = 0; i < 1200; ++i) bad += "bad\n";
  Ledger ledger;
  GatheringSink sink(ledger);
  CHECK(run(ndjson({directory.write("a", bad)}), sink, ledger).empty());
  CHECK(nlohmann::json::parse(ledger.position("file:numbers").value())["record"] == 1200);
}

TEST_CASE("a finite file that has changed is refused with both identities, one that has grown is read on") {
  const ScratchDirectory directory;
  const SourceOptions options = ndjson({directory.write("a", lines(0, 600))});
  Ledger ledger;
  {
    GatheringSink sink(ledger);
    CHECK(run(options, sink, ledger).empty());
  }
  directory.append("a", lines(600, 610));
  {
    GatheringSink sink(ledger);
    CHECK(run(options, sink, ledger).empty());
    CHECK(sink.first_features(1) == numbers(600, 610));
  }
  directory.write("a", lines(0, 100));  // the same beginning, but shorter than what was read
  {
    GatheringSink sink(ledger);
    const std::string reason = run(options, sink, ledger);
    CHECK(reason.find(options.paths[0] + ": was read up to byte ") == 0);
    CHECK(sink.offers() == 0);
  }
  directory.write("a", lines(1000, 2000));
  directory.write("b", lines(0, 610));
  for (int i = 0; i < 2; ++i) {
    GatheringSink sink(ledger);
    const std::string reason = run(options, sink, ledger);
    CHECK(reason.find(": is not the file that was being read: was device ") != std::string::npos);
    CHECK(reason.find(", is device ") != std::string::npos);
    CHECK(sink.offers() == 0);
    std::filesystem::rename(directory / "b", directory / "a");  // the right content under another inode
    directory.write("b", "");
  }
}

TEST_CASE("a shuffled input must keep its number of records, its seed and its order") {
  const ScratchDirectory directory;
  SourceOptions options = ndjson({directory.write("a", lines(0, 600))});
  options.shuffle = true;
  Ledger ledger;
  GatheringSink sink(ledger);
  CHECK(run(options, sink, ledger).empty());
  options.seed = 2;
  CHECK(run(options, sink, ledger).find("seed: was 1 when its position was stored, is 2") != std::string::npos);
  options.seed = 1;
  options.shuffle = false;
  CHECK(run(options, sink, ledger).find("shuffle: was true") != std::string::npos);
  options.shuffle = true;
  directory.append("a", line(600));
  CHECK(run(options, sink, ledger).find("had 600 records when its position was stored, now has 601") !=
        std::string::npos);
}

TEST_CASE("a full sink slows the source down and loses nothing") {
  const ScratchDirectory directory;
  for (const bool shuffle : {false, true}) {
    SourceOptions options = ndjson({directory.write("a", lines(0, 5000))});
    options.shuffle = shuffle;
    Ledger ledger;
    RecordingProbe probe;
    GatheringSink sink(ledger, 1000, false);
    FileSource source(options, one_input, sink, ledger, probe);
    source.start();
    for (int i = 0; i < 8; ++i) {
      REQUIRE(sink.wait_source_waits());
      REQUIRE(eventually([&] { return nlohmann::json::parse(source.status())["state"] == "waiting for room"; }));
      const std::uint64_t offers = sink.offers();
      CHECK(sink.offers() == offers);  // waits, does not ask again and again
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
  FileSource source(ndjson({directory.write("a", lines(0, 5000))}), one_input, sink, ledger, probe);
  source.start();
  REQUIRE(sink.wait_source_waits());
  source.stop();
  const std::uint64_t offers = sink.offers();
  sink.acknowledge(1);  // its call back comes to nobody
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
    FileSource source(ndjson({directory.write("a", lines(0, 5000))}), one_input, sink, ledger, probe);
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
    FileSource source(options, one_input, sink, ledger, probe);
    source.start();
    REQUIRE(sink.wait_source_waits());
    sink.close();
    sink.acknowledge(1);
    REQUIRE(eventually([&] { return nlohmann::json::parse(source.status())["state"] == "stopped"; }));
    CHECK_FALSE(source.failure());
    CHECK_FALSE(source.progress()->finished);
  }
  GatheringSink sink(ledger, 500, false);
  FileSource source(options, one_input, sink, ledger, probe);
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
  SampleSpec named = one_input;
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
  FileSource missing(ndjson({directory / "none"}), one_input, sink, ledger, probe);
  CHECK_THROWS_WITH_AS(missing.start(), doctest::Contains("cannot open"), std::runtime_error);
  std::string packed = gzip(lines(0, 30'000));
  packed.resize(packed.size() - 5);
  const std::string path = directory.write("cut.gz", packed);
  CHECK(run(ndjson({path}), sink, ledger).find(path + ": truncated gzip data at byte ") == 0);
  const std::vector<float> before = sink.first_features(1);
  CHECK(before.size() > 15'000);  // all but the block that holds the damage
  CHECK(before == numbers(0, before.size()));
}
