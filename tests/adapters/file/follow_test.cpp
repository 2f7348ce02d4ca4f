#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>

#include "adapters/file/file_source.hpp"
#include "adapters/file/file_watch.hpp"
#include "adapters/random.hpp"
#include "tests/support/gathering_sink.hpp"
#include "tests/support/packing.hpp"
#include "tests/support/recording_probe.hpp"
#include "tests/support/scratch_directory.hpp"

using namespace altmind;

namespace {

constexpr SampleSpec one_input{Task::classification, LabelKind::index, 1, 2};

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

// A followed file `log` in a directory of its own, and what came out of it.
struct Following {
  explicit Following(Format format = Format::ndjson) {
    options.type = SourceType::file;
    options.name = "log";
    options.paths = {directory / "log"};
    options.follow = true;
    options.format = format;
    options.header = format == Format::csv;
  }

  void start() {
    source = std::make_unique<FileSource>(options, one_input, sink, ledger, probe);
    source->start();
  }
  void stop() { source.reset(); }
  void restart() {
    stop();
    start();
  }
  void rename(const char* from, const char* to) { std::filesystem::rename(directory / from, directory / to); }
  nlohmann::json status() const { return nlohmann::json::parse(source->status()); }
  std::string note() const { return status().value("note", std::string()); }
  bool reads(const std::string& name) {
    return eventually([&] { return status().value("reading", std::string()) == name; });
  }
  /// Waits for samples 0 .. count - 1, each once and in order.
  bool delivers(std::size_t count) {
    return sink.wait_durable(count) && sink.first_features(1) == numbers(0, count) && !source->failure();
  }

  ScratchDirectory directory;
  SourceOptions options;
  Ledger ledger;
  RecordingProbe probe;
  GatheringSink sink{ledger};
  std::unique_ptr<FileSource> source;
};

}  // namespace

TEST_CASE("a followed file is waited for, read as it grows, and an incomplete line waits for its end") {
  Following log;
  log.start();
  CHECK_FALSE(log.source->progress());
  log.directory.write("log", lines(0, 3));
  CHECK(log.delivers(3));
  const std::string next = line(3);
  log.directory.append("log", next.substr(0, 10));
  log.directory.append("log", next.substr(10) + line(4) + line(5).substr(0, 20));
  CHECK(log.delivers(5));
  log.directory.append("log", line(5).substr(20));
  CHECK(log.delivers(6));
  CHECK(log.probe.rejections().empty());
}

TEST_CASE("a restart goes on behind the last durable record, in the middle of a line too") {
  Following log;
  log.directory.write("log", lines(0, 700) + "bad\n" + line(700).substr(0, 9));
  log.start();
  CHECK(log.delivers(700));
  log.restart();
  log.directory.append("log", line(700).substr(9));
  CHECK(log.delivers(701));
  log.stop();
  log.directory.append("log", lines(701, 1500));
  log.start();
  CHECK(log.delivers(1500));
}

TEST_CASE("a renamed file is read to its end before the new one, whenever the writer changes over") {
  Following log;
  log.directory.write("log", lines(0, 10));
  log.start();
  REQUIRE(log.delivers(10));
  log.rename("log", "log.1");
  log.directory.append("log.1", lines(10, 15));  // the writer has not noticed
  CHECK(log.delivers(15));
  log.directory.write("log", "");  // logrotate's create
  log.directory.append("log.1", lines(15, 18));
  CHECK(log.delivers(18));
  std::string last = line(18);
  last.pop_back();
  log.directory.append("log.1", last);
  log.directory.append("log", lines(19, 25));  // now it has: the line without an end was the last one
  CHECK(log.delivers(25));
  CHECK(log.reads(log.directory / "log"));
  for (std::size_t round = 0; round < 3; ++round) {
    for (std::size_t old = round + 1; old > 0; --old) {
      log.rename(("log." + std::to_string(old)).c_str(), ("log." + std::to_string(old + 1)).c_str());
    }
    log.rename("log", "log.1");
    log.directory.write("log", lines(25 + 5 * round, 30 + 5 * round));
    CHECK(log.delivers(30 + 5 * round));
  }
  CHECK(log.probe.rejections().empty());
}

TEST_CASE("files that were rotated twice while the sink was full are read in order") {
  Following log;
  GatheringSink slow(log.ledger, 500, false);
  log.directory.write("log", lines(0, 1500));
  FileSource source(log.options, one_input, slow, log.ledger, log.probe);
  source.start();
  REQUIRE(slow.wait_source_waits());
  log.rename("log", "log.1");
  log.directory.write("log", lines(1500, 1700));
  log.rename("log.1", "log.2");
  log.rename("log", "log.1");
  log.directory.write("log", lines(1700, 1800));
  std::filesystem::last_write_time(log.directory / "log.1",
                                   std::filesystem::last_write_time(log.directory / "log.2") + std::chrono::seconds(1));
  while (slow.first_features(1).size() < 1800) {
    REQUIRE(eventually([&] { return slow.waiting_groups() > 0; }));
    slow.acknowledge(1);
  }
  CHECK(slow.first_features(1) == numbers(0, 1800));
}

TEST_CASE("a truncated file is read again from its beginning") {
  Following log;
  log.directory.write("log", lines(0, 10) + "{\"fea");
  log.start();
  REQUIRE(log.delivers(10));
  log.directory.write("log", "");
  log.directory.append("log", lines(10, 12));
  CHECK(log.delivers(12));
  CHECK(log.note() == log.directory / "log was truncated; read again from its beginning");
  log.directory.append("log", lines(12, 20));
  CHECK(log.delivers(20));
  CHECK(log.probe.rejections().empty());
}

TEST_CASE("a file that is rewritten longer than it was is noticed by its beginning") {
  Following log;
  log.directory.write("log", lines(0, 3));
  log.start();
  REQUIRE(log.delivers(3));
  log.directory.write("log", lines(3, 50));
  CHECK(log.delivers(50));
}

TEST_CASE("copytruncate loses nothing, though the sink was full when it came") {
  Following log;
  GatheringSink slow(log.ledger, 500, false);
  log.directory.write("log", lines(0, 1600));
  FileSource source(log.options, one_input, slow, log.ledger, log.probe);
  source.start();
  REQUIRE(slow.wait_source_waits());
  log.directory.append("log", lines(1600, 30'000));  // beyond the block that has been read
  std::filesystem::copy_file(log.directory / "log", log.directory / "log.1");
  log.directory.write("log", lines(30'000, 30'100));
  while (slow.first_features(1).size() < 30'100) {
    REQUIRE(eventually([&] { return slow.waiting_groups() > 0; }));
    slow.acknowledge(1);
  }
  CHECK(slow.first_features(1) == numbers(0, 30'100));
}

TEST_CASE("rotation between two runs: the old file is finished first, wherever it was moved") {
  Following log;
  log.directory.write("log", lines(0, 10));
  log.start();
  REQUIRE(log.delivers(10));
  log.stop();
  log.directory.append("log", lines(10, 15));
  log.rename("log", "old-one");
  log.start();  // nothing stands at the path yet
  CHECK(log.delivers(15));
  CHECK(log.note() == "went on with " + (log.directory / "old-one") + ", which was " + (log.directory / "log"));
  log.stop();
  log.directory.append("old-one", lines(15, 16));
  log.directory.write("log", lines(16, 20));
  log.start();
  CHECK(log.delivers(20));
}

TEST_CASE("two rotations between two runs are both read") {
  Following log;
  log.directory.write("log", lines(0, 10));
  log.start();
  REQUIRE(log.delivers(10));
  log.stop();
  const auto now = std::filesystem::last_write_time(log.directory / "log");
  log.directory.append("log", lines(10, 12));
  log.rename("log", "log.2");
  log.directory.write("log.1", lines(12, 15));
  log.directory.write("log.3", lines(900, 910));  // older than what was read
  log.directory.write("log.1.gz", gzip(lines(900, 910)));
  log.directory.write("log.err", lines(900, 910));
  log.directory.write("log", lines(15, 20));
  std::filesystem::last_write_time(log.directory / "log.3", now - std::chrono::hours(1));
  std::filesystem::last_write_time(log.directory / "log.1", now + std::chrono::seconds(1));
  log.start();
  CHECK(log.delivers(20));
}

TEST_CASE("copytruncate between two runs: the rest is found in the copy") {
  Following log;
  log.directory.write("log", lines(0, 10));
  log.start();
  REQUIRE(log.delivers(10));
  log.stop();
  log.directory.append("log", lines(10, 15));
  std::filesystem::copy_file(log.directory / "log", log.directory / "log.1");
  log.directory.write("log", lines(15, 17));
  log.start();
  CHECK(log.delivers(17));
}

TEST_CASE("when the old file is gone the new one is read from its beginning, and the status says so") {
  Following log;
  log.directory.write("log", lines(0, 10));
  log.start();
  REQUIRE(log.delivers(10));
  log.stop();
  std::filesystem::remove(log.directory / "log");
  log.directory.write("other", lines(900, 999));
  log.directory.write("log", lines(10, 14));
  log.start();
  CHECK(log.delivers(14));
  CHECK(log.note().find("is no longer there; went on with the next one from its beginning") != std::string::npos);
}

TEST_CASE("csv: every new file brings its header, a truncated one goes on without") {
  Following log(Format::csv);
  const auto rows = [](std::size_t from, std::size_t to) {
    std::string text;
    for (std::size_t i = from; i < to; ++i) text += std::to_string(i) + ",1\n";
    return text;
  };
  log.directory.write("log", "x,class\n" + rows(0, 5));
  log.start();
  REQUIRE(log.delivers(5));
  log.restart();
  log.directory.append("log", rows(5, 7));
  REQUIRE(log.delivers(7));
  log.rename("log", "log.1");
  log.directory.write("log", "x,class\n" + rows(7, 9));
  REQUIRE(log.delivers(9));
  log.directory.write("log", rows(9, 10));  // truncated: the writer knows nothing of it
  REQUIRE(log.delivers(10));
  log.restart();
  log.directory.append("log", rows(10, 12));
  REQUIRE(log.delivers(12));
  log.rename("log", "log.2");
  log.directory.write("log", "a,b,c\n");
  REQUIRE(eventually([&] { return log.source->failure().has_value(); }));
  CHECK(log.source->failure()->find((log.directory / "log") + ": header: ") == 0);
}

TEST_CASE("skip and limit hold for a followed file, across a restart") {
  Following log;
  log.options.skip = 5;
  log.options.limit = 10;
  log.directory.write("log", lines(0, 8));
  log.start();
  REQUIRE(log.sink.wait_durable(3));
  log.restart();
  log.directory.append("log", lines(8, 30));
  REQUIRE(eventually([&] { return log.status()["state"] == "finished"; }));
  CHECK(log.sink.first_features(1) == numbers(5, 15));
}

TEST_CASE("what cannot be followed is refused with a sentence") {
  Following log;
  log.directory.write("log", gzip(lines(0, 3)));
  log.start();
  REQUIRE(eventually([&] { return log.source->failure().has_value(); }));
  CHECK(*log.source->failure() == (log.directory / "log") + ": a packed file cannot be followed");
  const auto refusal = [&](auto change) {
    SourceOptions options = log.options;
    change(options);
    FileSource source(options, one_input, log.sink, log.ledger, log.probe);
    try {
      source.start();
    } catch (const std::runtime_error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(refusal([](SourceOptions& o) { o.paths.push_back("b"); }).find("exactly one path") != std::string::npos);
  CHECK(refusal([](SourceOptions& o) { o.shuffle = true; }).find("cannot be shuffled") != std::string::npos);
  CHECK(refusal([](SourceOptions& o) { o.epochs = 2; }).find("no epochs") != std::string::npos);
  CHECK(refusal([](SourceOptions& o) { o.format = Format::idx; }).find("\"ndjson\" or \"csv\"") != std::string::npos);
}

TEST_CASE("a source that waits for more stops at once") {
  Following log;
  log.directory.write("log", lines(0, 1));
  log.start();
  REQUIRE(log.delivers(1));
  REQUIRE(eventually([&] { return log.status()["state"] == "waiting for more"; }));
  const auto before = std::chrono::steady_clock::now();
  log.stop();
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::milliseconds(900));  // not by the timer
}

TEST_CASE("changes end a wait before its time, and so does a call") {
  const ScratchDirectory directory;
  const std::string path = directory.write("a", "1");
  FileWatch watch;
  watch.watch_directory_of(path);
  REQUIRE(watch.told_of_changes());
  const FileDescriptor file = open_file(path);
  watch.watch_file(file.get());
  const auto waits = [&] {
    const auto before = std::chrono::steady_clock::now();
    watch.wait(std::chrono::seconds(20));
    return std::chrono::steady_clock::now() - before > std::chrono::seconds(10);
  };
  directory.append("a", "2");
  CHECK_FALSE(waits());
  directory.write("b", "");
  CHECK_FALSE(waits());
  std::filesystem::create_directory(directory / "elsewhere");
  std::filesystem::rename(path, directory / "elsewhere/a");
  CHECK_FALSE(waits());
  directory.append("elsewhere/a", "3");
  CHECK_FALSE(waits());
  watch.wake();
  CHECK_FALSE(waits());
  const auto before = std::chrono::steady_clock::now();
  watch.wait(std::chrono::milliseconds(30));
  CHECK(std::chrono::steady_clock::now() - before >= std::chrono::milliseconds(29));
}

TEST_CASE("random writing, rotating, restarting and slowness: every line is delivered once and in order") {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    Following log;
    Random random(seed, 0);
    std::size_t written = 1;
    std::string writer = "log";  // the file the writer has open
    int generation = 0;
    log.directory.write("log", line(0));
    log.start();
    REQUIRE(log.delivers(1));  // from now on there is a position to come back to
    auto stamp = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1);
    for (int step = 0; step < 120; ++step) {
      const std::size_t count = random.below(40);
      const std::string text = lines(written, written + count);
      const std::size_t cut = random.below(text.size() + 1);
      log.directory.append(writer, text.substr(0, cut));
      log.directory.append(writer, text.substr(cut));
      written += count;
      switch (random.below(8)) {
        case 0:  // rename; the writer changes over at once or later
          if (writer == "log" && std::filesystem::file_size(log.directory / "log") > 0) {
            writer = "log." + std::to_string(20'000 + generation++);  // by date
            log.rename("log", writer.c_str());
          }
          break;
        case 1:
          if (writer != "log") {
            // Rotations are far apart compared with the clock of the file system.
            std::filesystem::last_write_time(log.directory / writer, stamp += std::chrono::seconds(1));
            writer = "log";
            log.directory.write("log", "");
          }
          break;
        case 2:
          log.restart();
          break;
        case 3:
          REQUIRE(log.delivers(written));
          break;
        default:
          break;
      }
    }
    if (writer != "log") log.directory.append(writer, "");
    CAPTURE(seed);
    CHECK(log.delivers(written));
    CHECK(log.probe.rejections().empty());
  }
}
