#include "adapters/sources/file/file_watch.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "tests/support/scratch_directory.hpp"

using namespace altmind;
using namespace altmind::file;

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
