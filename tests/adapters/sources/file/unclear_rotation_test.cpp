// Rotations whose order or end is ambiguous: every line is read, or a gap is reported.

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "adapters/sources/file/file_watch.hpp"
#include "adapters/sources/file/follower.hpp"
#include "tests/adapters/sources/file/following.hpp"

using namespace altmind;
using namespace altmind::file;
namespace fs = std::filesystem;

namespace {

/// Waits until the file system's clock advances, so that later writes have later timestamps.
void let_the_clock_tick(const ScratchDirectory& directory) {
  const auto now = [&] { return fs::last_write_time(directory.write("clock", "x")); };
  const auto before = now();
  REQUIRE(eventually([&] { return now() > before; }));
}

bool births_are_known(const std::string& path) {
  struct statx status {};
  return ::statx(AT_FDCWD, path.c_str(), 0, STATX_BTIME, &status) == 0 && (status.stx_mask & STATX_BTIME) != 0;
}

/// `log` was read up to 10 and is rotated twice while no reader runs, with 20 lines in the middle.
struct RotatedTwice : Following {
  RotatedTwice(const char* first, const char* middle) {
    directory.write("log", lines(0, 10));
    start();
    REQUIRE(delivers(10));
    stop();
    rename("log", first);
    let_the_clock_tick(directory);
    directory.write("log", lines(10, 30));
    rename("log", middle);
    let_the_clock_tick(directory);
    directory.write("log", lines(30, 40));
    start();
  }
};

std::vector<float> all_there_is(Follower& follower) {
  Samples samples;
  while (follower.read(100, samples, [](std::uint64_t, const ingest::Rejection& why, std::string_view) {
    FAIL_CHECK(why.message);
  }) > 0) {
  }
  return {samples.x.begin(), samples.x.end()};
}

}  // namespace

TEST_CASE("unclear rotation: two rotations while nobody reads are both read, whatever kind of date names them") {
  const std::vector<std::pair<const char*, const char*>> names = {
      {"log.2026-11-27T10:00:00", "log.2026-11-27T10:01:00"},
      {"log.2026-11-27T10:00:00Z", "log.2026-11-27T10:00:01Z"},
      {"log-20261127", "log-20261127.1"},
      {"log-20261127.1", "log-20261128"},
      {"log.2", "log.1"}};
  for (const auto& [first, middle] : names) {
    CAPTURE(first);
    RotatedTwice log(first, middle);
    CHECK(log.delivers(40));
    CHECK(log.probe.gaps() == 0);
  }
}

TEST_CASE("unclear rotation: numbers that count upwards are told by when files were made, else a gap is told") {
  RotatedTwice log("log.1", "log.2");
  if (births_are_known(log.directory / "log")) {
    CHECK(log.delivers(40));
    CHECK(log.probe.gaps() == 0);
  } else {
    CHECK(eventually([&] { return log.probe.gaps() == 1; }));
  }
}

TEST_CASE("unclear rotation: a file in the middle whose name tells nothing is a gap that names it") {
  for (const char* middle : {"log.monday", "log~", "log_2026"}) {
    CAPTURE(middle);
    RotatedTwice log("log.1", middle);
    REQUIRE(log.sink.wait_durable(20));
    std::vector<float> expected = numbers(0, 10);
    for (const float value : numbers(30, 40)) expected.push_back(value);
    CHECK(log.sink.first_features(1) == expected);
    CHECK(log.probe.gaps() == 1);
    CHECK(log.note().find((log.directory / middle) + " came in between") != std::string::npos);
  }
}

TEST_CASE("unclear rotation: another log that begins with the same name and goes on is no gap") {
  Following log;
  log.directory.write("log.err", "x\n");
  if (!births_are_known(log.directory / "log.err")) return;
  let_the_clock_tick(log.directory);
  log.directory.write("log", lines(0, 10));
  log.start();
  REQUIRE(log.delivers(10));
  log.directory.append("log.err", "x\n");
  log.rename("log", "log.1");
  log.directory.write("log", lines(10, 20));
  CHECK(log.delivers(20));
  CHECK(log.probe.gaps() == 0);
}

TEST_CASE("unclear rotation: two rotations at the same time are read in order, or a gap is told") {
  for (const auto& [upwards, born_apart] : {std::pair(false, true), std::pair(true, true), std::pair(true, false)}) {
    CAPTURE(upwards);
    CAPTURE(born_apart);
    Following log;
    log.directory.write("log", lines(0, 10));
    FileWatch watch;
    Follower follower(log.options, one_number, watch);
    REQUIRE(all_there_is(follower) == numbers(0, 10));
    const char* const first = upwards ? "log.1" : "log.2";
    const char* const middle = upwards ? "log.2" : "log.1";
    log.rename("log", first);
    if (born_apart) let_the_clock_tick(log.directory);
    log.directory.write("log", lines(10, 30));
    log.rename("log", middle);
    log.directory.write("log", lines(30, 40));
    for (const char* name : {middle, "log"}) {
      fs::last_write_time(log.directory / name, fs::last_write_time(log.directory / first));
    }
    CHECK(all_there_is(follower) == numbers(upwards ? 30 : 10, 40));
    if (upwards) CHECK(follower.gaps() == 1);
    if (!upwards && births_are_known(log.directory / "log")) CHECK(follower.gaps() == 0);
  }
}

TEST_CASE("unclear rotation: what a late writer adds to a file that was left is a gap, told once") {
  Following log;
  log.directory.write("log", lines(0, 10));
  log.start();
  REQUIRE(log.delivers(10));
  log.rename("log", "log.1");
  log.directory.write("log", lines(10, 11));
  REQUIRE(log.delivers(11));
  log.directory.append("log.1", lines(900, 905));
  REQUIRE(eventually([&] { return log.probe.gaps() == 1; }));
  const std::string bytes = std::to_string(lines(900, 905).size());
  CHECK(log.note().find((log.directory / "log.1") + ": " + bytes + " bytes came to it after the next file") == 0);
  log.directory.append("log.1", lines(905, 906));
  log.directory.append("log", lines(11, 20));
  CHECK(log.delivers(20));
  CHECK(log.probe.gaps() == 1);
}

TEST_CASE("what is no file in the place of a followed one is a failure, told once, that ends when a file is there") {
  for (const bool begun : {true, false}) {
    for (const bool fifo : {true, false}) {
      CAPTURE(begun);
      CAPTURE(fifo);
      Following log;
      const std::string path = log.directory / "log";
      if (begun) {
        log.directory.write("log", lines(0, 10));
        log.start();
        REQUIRE(log.delivers(10));
        fs::remove(path);
      }
      if (fifo) {
        REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
      } else {
        fs::create_directory(path);
      }
      if (!begun) log.start();
      REQUIRE(eventually([&] { return log.source->failure().has_value(); }));
      CHECK(log.source->failure()->find(path + ": not a regular file") == 0);
      CHECK(log.status().at("state") == "failed");
      fs::remove(path);
      log.directory.write("log", lines(begun ? 10 : 0, 20));
      CHECK(log.delivers(20));
      CHECK(log.probe.failures() == 1);
      CHECK(log.probe.gaps() == 0);
    }
  }
}

TEST_CASE("a file that cannot be read as text is a failure that ends when it can, and loses nothing") {
  Following log;
  log.directory.write("log", lines(0, 10));
  log.start();
  REQUIRE(log.delivers(10));
  log.directory.append("log", lines(10, 15));
  log.rename("log", "log.1");
  log.directory.write("log", std::string("\xFF\xFE{\0\n\0", 6));
  REQUIRE(eventually([&] { return log.source->failure().has_value(); }));
  CHECK(log.source->failure()->find("UTF-16") != std::string::npos);
  log.directory.write("log", lines(15, 20));
  CHECK(log.delivers(20));
  CHECK(log.probe.failures() == 1);
}
