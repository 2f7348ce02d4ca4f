#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "adapters/random.hpp"
#include "tests/adapters/sources/file/running.hpp"
#include "tests/support/packing.hpp"
#include "tests/support/scratch_directory.hpp"

using namespace altmind;
using namespace altmind::adapters;
using namespace altmind::file;
using namespace altmind::ingest;

namespace {

// Runs repeatedly until the input is finished, each time stopped after a random number of samples, a random part of
// them durable. Returns the durable samples, which must be the whole input, each record once.
std::vector<float> run_with_crashes(const SourceOptions& options, std::uint64_t seed, int& crashes) {
  Random random(seed, 0);
  Ledger ledger;
  std::vector<float> all;
  for (bool done = false; !done;) {
    GatheringSink sink(ledger, 1 + random.below(3000), false);
    RecordingProbe probe;
    FileSource source(options, one_number, sink, ledger, probe);
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

TEST_CASE("records refused in a shuffled input are told once, not again after a restart") {
  const ScratchDirectory directory;
  SourceOptions options = ndjson({directory.write("a", "bad\n" + lines(0, 3))});
  options.shuffle = true;
  options.epochs = 2;
  Ledger ledger;
  RecordingProbe probe;
  for (int i = 0; i < 2; ++i) {
    GatheringSink sink(ledger);
    FileSource source(options, one_number, sink, ledger, probe);
    source.start();
    REQUIRE(finished(source));
  }
  CHECK(probe.rejections().size() == 1);
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
    FileSource source(options, one_number, sink, ledger, probe);
    source.start();
    REQUIRE(finished(source));
  }
  CHECK(sink.first_features(1) == numbers(0, 5));
  CHECK(probe.rejections().size() == 4);
  FileSource again(options, one_number, sink, ledger, probe);
  again.start();
  REQUIRE(finished(again));
  CHECK(probe.rejections().size() == 4);
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
  directory.write("a", lines(0, 100));  // the same beginning, but shorter than the part already read
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
