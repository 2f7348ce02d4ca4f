#include "adapters/store/directory_lock.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "tests/adapters/store/journal_support.hpp"
#include "tests/adapters/store/temp_directory.hpp"

using namespace altmind;
using namespace altmind::store;
using namespace altmind::test;

TEST_CASE("directory lock: a second holder is refused and told who the first is") {
  const TempDirectory temp;
  const auto directory = temp / "new" / "data";
  std::optional<DirectoryLock> lock(std::in_place, directory);
  const auto holder = nlohmann::json::parse(slurp(directory / "lock"));
  CHECK(holder["pid"] == ::getpid());
  CHECK(slurp(directory / "lock").back() == '\n');
  for (const std::string& part :
       {directory.string(), "process " + std::to_string(::getpid()), "on host " + holder["host"].get<std::string>(),
        "since " + holder["started"].get<std::string>()}) {
    CHECK_THROWS_WITH_AS(DirectoryLock{directory}, doctest::Contains(part.c_str()), DirectoryLocked);
  }
  lock.reset();
  const DirectoryLock again(directory);
  CHECK_THROWS_AS(DirectoryLock{directory}, DirectoryLocked);
}

TEST_CASE("directory lock: a killed process leaves none behind") {
  const TempDirectory temp;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    try {
      const DirectoryLock lock(temp.path());
      if (::write(ends[1], "x", 1) == 1) {
        for (;;) ::pause();
      }
    } catch (...) {
    }
    ::_exit(1);
  }
  ::close(ends[1]);
  char locked = 0;
  REQUIRE(::read(ends[0], &locked, 1) == 1);
  CHECK_THROWS_WITH_AS(DirectoryLock{temp.path()}, doctest::Contains(("process " + std::to_string(pid) + " ").c_str()),
                       DirectoryLocked);
  REQUIRE(::kill(pid, SIGKILL) == 0);
  REQUIRE(::waitpid(pid, nullptr, 0) == pid);
  ::close(ends[0]);
  const DirectoryLock lock(temp.path());
  CHECK(nlohmann::json::parse(slurp(temp / "lock"))["pid"] == ::getpid());
}

TEST_CASE("directory lock: a lock file that says nothing still locks") {
  const TempDirectory temp;
  const DirectoryLock lock(temp.path());
  for (const char* content : {"", "{", "[]", "{\"pid\": \"x\"}", "\xFF"}) {
    std::ofstream(temp / "lock", std::ios::trunc) << content;  // the same inode: it stays locked
    CHECK_THROWS_WITH_AS(DirectoryLock{temp.path()}, doctest::Contains("another process"), DirectoryLocked);
  }
}

TEST_CASE("directory lock: a directory that cannot be made is an error with its name") {
  const TempDirectory temp;
  spill(temp / "file", "x");
  CHECK_THROWS_WITH(DirectoryLock{temp / "file"}, doctest::Contains((temp / "file").c_str()));
}

TEST_CASE("directory lock: deleting the file lets nobody in, and is noticed") {
  const TempDirectory temp;
  const auto directory = temp / "data";
  std::optional<DirectoryLock> lock(std::in_place, directory);
  CHECK(lock->lost() == "");
  std::filesystem::remove(directory / "lock");
  CHECK(lock->lost().find((directory / "lock").string()) != std::string::npos);
  CHECK_THROWS_WITH_AS(DirectoryLock{directory}, doctest::Contains("in use by another process"), DirectoryLocked);
  CHECK_FALSE(std::filesystem::exists(directory / "lock"));
  spill(directory / "lock", "{}");
  CHECK(lock->lost() != "");
  CHECK_THROWS_AS(DirectoryLock{directory}, DirectoryLocked);
  lock.reset();
  CHECK(DirectoryLock(directory).lost() == "");
}

TEST_CASE("directory lock: a directory that was renamed, deleted or made anew is another one") {
  const TempDirectory temp;
  const auto directory = temp / "data";
  for (const bool renamed : {true, false}) {
    const DirectoryLock lock(directory);
    if (renamed) {
      std::filesystem::rename(directory, temp / "elsewhere");
    } else {
      std::filesystem::remove_all(directory);
    }
    CHECK(lock.lost().find(directory.string()) != std::string::npos);
    const DirectoryLock other(directory);
    CHECK(lock.lost() != "");
    CHECK(other.lost() == "");
    std::filesystem::remove_all(directory);
  }
}
