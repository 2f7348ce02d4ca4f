#include <doctest/doctest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "adapters/random.hpp"
#include "tests/adapters/sources/file/following.hpp"
#include "tests/support/packing.hpp"

using namespace altmind;
using namespace altmind::file;

namespace {

// Drops root, which may open everything.
class Unprivileged {
 public:
  Unprivileged() {
    if (was_ == 0) REQUIRE(::seteuid(65'534) == 0);
  }
  ~Unprivileged() {
    if (was_ == 0) (void)!::seteuid(0);
  }
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;

 private:
  const uid_t was_ = ::geteuid();
};

}  // namespace

TEST_CASE("a renamed file is read to its end before the new one, whenever the writer changes over") {
  Following log;
  log.directory.write("log", lines(0, 10));
  log.start();
  REQUIRE(log.delivers(10));
  log.rename("log", "log.1");
  log.directory.append("log.1", lines(10, 15));  // the writer still has the old file open
  CHECK(log.delivers(15));
  log.directory.write("log", "");  // logrotate's create
  log.directory.append("log.1", lines(15, 18));
  CHECK(log.delivers(18));
  std::string last = line(18);
  last.pop_back();
  log.directory.append("log.1", last);
  log.directory.append("log", lines(19, 25));  // now it reopened: the line without an end was the last one
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
  FileSource source(log.options, one_number, slow, log.ledger, log.probe);
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

TEST_CASE("copytruncate loses nothing, though the sink was full when it came") {
  Following log;
  GatheringSink slow(log.ledger, 500, false);
  log.directory.write("log", lines(0, 1600));
  FileSource source(log.options, one_number, slow, log.ledger, log.probe);
  source.start();
  REQUIRE(slow.wait_source_waits());
  log.directory.append("log", lines(1600, 30'000));  // beyond the block already read
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
  log.start();  // there is no file at the path yet
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
  log.directory.write("log.3", lines(900, 910));  // older than the part already read
  log.directory.write("log.1.gz", gzip(lines(900, 910)));
  log.directory.write("log.err", lines(900, 910));
  log.directory.write("log", lines(15, 20));
  std::filesystem::last_write_time(log.directory / "log.3", now - std::chrono::hours(1));
  std::filesystem::last_write_time(log.directory / "log.1", now + std::chrono::seconds(1));
  log.start();
  CHECK(log.delivers(20));
}

TEST_CASE("a rotated file that may not be read is not passed over: the source names it and can go on later") {
  const Unprivileged nobody;
  Following log;
  log.directory.write("log", lines(0, 10));
  log.start();
  REQUIRE(log.delivers(10));
  log.stop();
  log.rename("log", "log.2");
  log.directory.write("log.1", lines(10, 15));
  log.directory.write("log", lines(15, 20));
  std::filesystem::permissions(log.directory / "log.1", std::filesystem::perms::none);
  log.start();
  REQUIRE(eventually([&] { return log.source->failure().has_value(); }));
  CHECK(*log.source->failure() == (log.directory / "log.1") + ": cannot open: Permission denied");
  log.stop();
  std::filesystem::permissions(log.directory / "log.1", std::filesystem::perms::owner_read);
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

TEST_CASE("random writing, rotating, restarting and slowness: every line is delivered once and in order") {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    Following log;
    adapters::Random random(seed, 0);
    std::size_t written = 1;
    std::string writer = "log";  // the file that the writer has open
    int generation = 0;
    log.directory.write("log", line(0));
    log.start();
    REQUIRE(log.delivers(1));  // from now on there is a position to resume at
    auto stamp = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1);
    for (int step = 0; step < 120; ++step) {
      const std::size_t count = random.below(40);
      const std::string text = lines(written, written + count);
      const std::size_t cut = random.below(text.size() + 1);
      log.directory.append(writer, text.substr(0, cut));
      log.directory.append(writer, text.substr(cut));
      written += count;
      switch (random.below(8)) {
        case 0:  // rename; the writer switches at once or later
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
