#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "adapters/store/journal/journal.hpp"
#include "tests/adapters/store/journal_support.hpp"
#include "tests/adapters/store/temp_directory.hpp"

using namespace altmind;
using namespace altmind::store;
using namespace altmind::test;

namespace {

/// Runs `work` in a child process with a pipe to report through; returns (pid, read end).
template <typename Work>
std::pair<pid_t, int> in_child(const Work& work) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    ::close(ends[0]);
    int status = 99;
    try {
      status = work(ends[1]);
    } catch (...) {
    }
    ::_exit(status);
  }
  ::close(ends[1]);
  return {pid, ends[0]};
}

void report(int pipe, std::uint64_t number) {
  if (::write(pipe, &number, sizeof number) != sizeof number) ::_exit(98);
}

}  // namespace

TEST_CASE("journal failure: a full disk takes back what was not synced, and with room again the journal goes on") {
  for (const std::size_t count : {std::size_t{3}, std::size_t{9000}}) {  // buffered, and written directly
    const TempDirectory temp;
    const auto [pid, in] = in_child([&](int out) -> int {
      ::signal(SIGXFSZ, SIG_IGN);
      const rlimit limit{count * 150, RLIM_INFINITY};
      if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
      Journal journal({temp / "j"}, classes_spec, 1);
      std::uint64_t synced = 0;
      try {
        for (std::uint64_t seed = 0;; ++seed) {
          journal.append(make_group(classes_spec, count, seed));
          journal.sync();
          report(out, synced = journal.last_sequence());
        }
      } catch (const JournalFull& error) {
        if (std::string(error.what()).find(".journal: cannot write") == std::string::npos) return 2;
      }
      if (journal.last_sequence() != synced) return 3;
      for (int i = 0; i < 3; ++i) {
        try {
          for (int filler = 0; filler < 100; ++filler) journal.append(make_group(classes_spec, count, 1));
          journal.append_config("{\"never\": 1}");
          journal.sync();
          return 4;
        } catch (const JournalFull&) {
          if (journal.last_sequence() != synced) return 5;
        }
      }
      const rlimit plenty{RLIM_INFINITY, RLIM_INFINITY};
      ::setrlimit(RLIMIT_FSIZE, &plenty);
      journal.try_again();
      for (int i = 0; i < 2; ++i) {
        journal.append(make_group(classes_spec, count, synced / count));
        journal.sync();
        report(out, synced = journal.last_sequence());
      }
      return 0;
    });
    std::uint64_t acknowledged = 0;
    std::uint64_t number = 0;
    while (::read(in, &number, sizeof number) == sizeof number) acknowledged = number;
    ::close(in);
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(acknowledged >= count);

    Journal journal({temp / "j"}, classes_spec, 1);
    CHECK(journal.last_sequence() == acknowledged);  // the refused groups did not reappear
    const Records found = collect(temp / "j");
    REQUIRE(found.size() == acknowledged / count);
    for (std::size_t i = 0; i < found.size(); ++i) {
      CHECK(same(found[i], GroupRecord{1 + i * count, make_group(classes_spec, count, i)}));
    }
  }
}

TEST_CASE("journal failure: after kill -9 in the middle of writing everything acknowledged is there") {
  std::mt19937_64 random(3);
  for (int round = 0; round < 8; ++round) {
    const TempDirectory temp;
    const auto [pid, in] = in_child([&](int out) -> int {
      Journal journal({temp / "j", 30'000}, classes_spec, 1);
      journal.append_config("{}");
      for (std::uint64_t seed = 0;; ++seed) {
        journal.append(make_group(classes_spec, seed % 7 == 3 ? 5000 : 5, seed));
        if (seed % 3 == 0) {
          journal.sync();
          report(out, seed + 1);
        }
      }
    });
    std::uint64_t groups = 0;
    const std::uint64_t enough = 1 + random() % 60;
    while (groups < enough) REQUIRE(::read(in, &groups, sizeof groups) == sizeof groups);
    REQUIRE(::kill(pid, SIGKILL) == 0);
    for (std::uint64_t more = 0; ::read(in, &more, sizeof more) == sizeof more;) groups = more;
    ::close(in);
    REQUIRE(::waitpid(pid, nullptr, 0) == pid);

    Journal journal({temp / "j", 30'000}, classes_spec, 1);
    const Records found = collect(temp / "j");
    REQUIRE(found.size() >= 1 + groups);
    std::uint64_t next = 1;
    for (std::size_t i = 1; i < found.size(); ++i) {
      const std::size_t count = (i - 1) % 7 == 3 ? 5000 : 5;
      CHECK(same(found[i], GroupRecord{next, make_group(classes_spec, count, i - 1)}));
      next += count;
    }
    CHECK(journal.last_sequence() == next - 1);
  }
}

TEST_CASE("journal failure: a directory that cannot be made is a sentence with its name") {
  const TempDirectory temp;
  spill(temp / "file", "x");
  CHECK_THROWS_WITH_AS(Journal({temp / "file"}, classes_spec, 1), doctest::Contains((temp / "file").c_str()),
                       JournalError);
  CHECK_THROWS_AS(Journal({temp / "file" / "below"}, classes_spec, 1), JournalError);
  CHECK_THROWS_AS(collect(temp / "file"), JournalError);
}
