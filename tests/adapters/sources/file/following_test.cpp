// Followed files that look alike, and rotated files that were compressed.

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/adapters/sources/file/following.hpp"
#include "tests/support/packing.hpp"

using namespace altmind;
using namespace altmind::file;
namespace fs = std::filesystem;

namespace {

/// Returns a header longer than the first KiB, by which files are told apart.
std::string long_header() {
  return "value,label," + std::string(2000, 'x') + "\n";
}

std::string rows(std::size_t from, std::size_t to) {
  std::string text;
  for (std::size_t i = from; i < to; ++i) text += std::to_string(i) + ",1,\n";
  return text;
}

struct FollowingTable : Following {
  FollowingTable() : Following(adapters::Format::csv) {
    options.columns = {"value"};
    options.label = "label";
  }
};

/// Compresses as gzip does: into another file with the timestamp of the original.
void pack(const ScratchDirectory& directory, const std::string& name) {
  const fs::path plain = directory / name;
  std::ifstream in(plain, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  const auto time = fs::last_write_time(plain);
  directory.write(name + ".gz", gzip(text));
  fs::last_write_time(plain.string() + ".gz", time);
  fs::remove(plain);
}

/// Backdates a file, so that the next one is later however coarse the file system's clock is.
void age(const ScratchDirectory& directory, const std::string& name, int seconds) {
  const fs::path path = directory / name;
  fs::last_write_time(path, fs::last_write_time(path) - std::chrono::seconds(seconds));
}

}  // namespace

TEST_CASE(
    "following: a table that was made anew at its place while nobody read loses no row, however long its header") {
  for (const bool same_inode : {true, false}) {
    CAPTURE(same_inode);
    FollowingTable log;
    log.directory.write("log", long_header() + rows(0, 20));
    log.start();
    REQUIRE(log.delivers(20));
    log.stop();
    if (!same_inode) fs::remove(log.directory / "log");
    log.directory.write("log", long_header() + rows(20, 90));  // longer than what was read
    log.start();
    CHECK(log.delivers(90));
    CHECK(log.probe.gaps() == 1);  // the end of the first file is unknown
    CHECK(log.status().at("gaps") == 1);
    log.directory.append("log", rows(90, 95));
    log.restart();
    CHECK(log.delivers(95));
    CHECK(log.probe.gaps() == 1);
  }
}

TEST_CASE("following: a file that was cut and grew beyond what was read, before anybody looked, is read anew") {
  FollowingTable log;
  log.directory.write("log", long_header() + rows(0, 5));
  log.start();
  REQUIRE(log.delivers(5));
  {
    // Atomically for the reader: new content of another length under the same inode.
    std::fstream file(log.directory / "log", std::ios::in | std::ios::out | std::ios::binary);
    file << long_header() + rows(5, 200);
  }
  CHECK(log.delivers(200));
  CHECK(log.note().find("read again from its beginning") != std::string::npos);
}

TEST_CASE("following: the rest of a file that was rotated and packed while nobody read is read from the packed one") {
  Following log;
  log.directory.write("log", lines(0, 40));
  log.start();
  REQUIRE(log.delivers(40));
  log.stop();
  log.directory.append("log", lines(40, 60));
  log.rename("log", "log.1");
  age(log.directory, "log.1", 20);
  pack(log.directory, "log.1");
  log.directory.write("log", lines(60, 70));
  log.start();
  CHECK(log.delivers(70));
  CHECK(log.probe.gaps() == 0);
}

TEST_CASE("following: rotated and packed files between the one that was read and the present one are read in order") {
  Following log;
  log.directory.write("log", lines(0, 30));
  log.start();
  REQUIRE(log.delivers(30));
  log.stop();
  log.directory.append("log", lines(30, 33));
  log.rename("log", "log.3");
  age(log.directory, "log.3", 30);
  pack(log.directory, "log.3");
  log.directory.write("log.2", lines(33, 50));
  age(log.directory, "log.2", 20);
  pack(log.directory, "log.2");
  log.directory.write("log.1", lines(50, 60));
  age(log.directory, "log.1", 10);
  log.directory.write("log.1.gz", "half of it");  // gzip is still running
  log.directory.write("log", lines(60, 65));
  log.start();
  CHECK(log.delivers(65));
  CHECK(log.probe.gaps() == 0);
  // A restart in the middle of a packed file resumes there.
  CHECK(log.reads(log.directory / "log"));
}

TEST_CASE("following: whatever moment the reader stops at, packed files are gone on with where it was") {
  Following log;
  for (int i = 0; i < 3; ++i) {
    const std::string name = "log." + std::to_string(3 - i);
    log.directory.write(name, lines(1000 * static_cast<std::size_t>(i), 1000 * static_cast<std::size_t>(i + 1)));
    age(log.directory, name, 30 - 10 * i);
  }
  log.directory.write("log", lines(0, 1000));  // the beginning of the oldest, recognised by its content
  log.start();
  REQUIRE(log.delivers(1000));
  log.stop();
  pack(log.directory, "log.3");
  pack(log.directory, "log.2");
  fs::remove(log.directory / "log");
  log.directory.write("log", lines(3000, 3010));
  for (int i = 0; i < 4; ++i) {
    log.start();
    log.stop();
  }
  log.start();
  CHECK(log.delivers(3010));
}

TEST_CASE("following: a packed file that cannot be read is passed over, and that is told") {
  Following log;
  log.directory.write("log", lines(0, 10));
  log.start();
  REQUIRE(log.delivers(10));
  log.rename("log", "log.2");
  age(log.directory, "log.2", 20);
  const std::string whole = gzip(lines(900, 999));
  log.directory.write("log.1.gz", whole.substr(0, whole.size() / 2));
  log.directory.write("log", lines(10, 15));
  CHECK(log.delivers(15));
  CHECK(log.probe.gaps() == 1);
  CHECK(log.note().find("log.1.gz") != std::string::npos);
}
