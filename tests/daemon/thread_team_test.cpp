#include "daemon/thread_team.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <latch>
#include <stdexcept>
#include <vector>

using namespace altmind;
using namespace altmind::daemon;

TEST_CASE("thread team: every part runs once, whatever the number of threads and parts") {
  for (const std::size_t threads : {1U, 2U, 5U}) {
    ThreadTeam team(threads);
    for (const std::size_t parts : {0U, 1U, 2U, 7U, 100U}) {
      std::vector<std::atomic<int>> ran(parts);
      for (int round = 0; round < 20; ++round) team.for_all(parts, [&](std::size_t i) { ++ran[i]; });
      for (const auto& times : ran) CHECK(times == 20);
    }
  }
}

TEST_CASE("thread team: as many parts run at once as there are threads") {
  ThreadTeam team(3);
  std::latch all_here(3);
  team.for_all(3, [&](std::size_t) { all_here.arrive_and_wait(); });
  CHECK(all_here.try_wait());
}

TEST_CASE("thread team: what a part throws comes out after all have run") {
  ThreadTeam team(2);
  std::atomic<int> ran = 0;
  const auto run = [&] {
    team.for_all(10, [&](std::size_t i) {
      ++ran;
      if (i % 4 == 3) throw std::runtime_error("part");
    });
  };
  CHECK_THROWS_WITH_AS(run(), "part", std::runtime_error);
  CHECK(ran == 10);
  CHECK_THROWS_AS(run(), std::runtime_error);
  CHECK(ran == 20);
}
