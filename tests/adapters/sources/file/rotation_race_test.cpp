#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "adapters/sources/file/file_watch.hpp"
#include "adapters/sources/file/follower.hpp"
#include "tests/adapters/sources/file/following.hpp"

using namespace altmind;
using namespace altmind::file;
using namespace altmind::ingest;

namespace {

constexpr std::size_t lines_each = 3;
constexpr std::size_t rotations = 500;
constexpr std::size_t last_line = lines_each * (rotations + 1);
constexpr std::size_t most_ahead = 4;  // files; no file is deleted before it was read

enum class Names { dated, numbered };

// A writer that rotates as often as it can on its own thread, so that a rotation can fall between any two system calls
// of the reader.
class Rotator {
 public:
  Rotator(const ScratchDirectory& directory, Names names)
      : directory_(directory), names_(names), thread_([this](const std::stop_token& stop) { run(stop); }) {}

  void finished_reading(std::size_t file) {
    read_ = file;
    read_.notify_one();
  }

 private:
  std::string rotated(std::size_t number) const { return directory_ / ("log." + std::to_string(number)); }

  void run(const std::stop_token& stop) {
    const std::stop_callback wake(stop, [this] { finished_reading(rotations); });
    for (std::size_t file = 1; file <= rotations && !stop.stop_requested(); ++file) {
      for (std::size_t read = read_; read + most_ahead < file; read = read_) read_.wait(read);
      if (names_ == Names::dated) {
        std::filesystem::rename(directory_ / "log", rotated(20'000 + file));
        if (file > 2 * most_ahead) std::filesystem::remove(rotated(20'000 + file - 2 * most_ahead));
      } else {
        for (std::size_t number = std::min(file - 1, 2 * most_ahead); number > 0; --number) {
          std::filesystem::rename(rotated(number), rotated(number + 1));
        }
        std::filesystem::rename(directory_ / "log", rotated(1));
      }
      directory_.write("log", lines(lines_each * file, lines_each * (file + 1)));
    }
  }

  const ScratchDirectory& directory_;
  const Names names_;
  std::atomic<std::size_t> read_ = 0;  // files
  std::jthread thread_;                // declared last: it uses all of the above
};

void read_all(Names names, std::size_t resume_every) {
  Following log;
  log.directory.write("log", lines(0, lines_each));
  FileWatch watch;
  auto follower = std::make_unique<Follower>(log.options, one_number, watch);
  std::size_t quiet = 0;
  const OnRejected rejected = [](std::uint64_t, const Rejection& why, std::string_view) { FAIL_CHECK(why.message); };
  Samples first;
  REQUIRE(follower->read(1, first, rejected) == 1);  // files rotated before the first look are not read
  std::size_t expected = 1;
  Rotator rotator(log.directory, names);
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (expected < last_line) {
    Samples samples;
    if (follower->read(2, samples, rejected) == 0) {
      if (++quiet % 1000 == 0) REQUIRE(std::chrono::steady_clock::now() < patience);
      std::this_thread::yield();
      continue;
    }
    for (const float value : samples.x) REQUIRE(value == static_cast<float>(expected++));
    rotator.finished_reading((expected - 1) / lines_each);
    if (resume_every > 0 && expected % resume_every == 0) {
      const FilePosition position = follower->position();
      follower = std::make_unique<Follower>(log.options, one_number, watch);
      follower->resume(position);
    }
  }
}

}  // namespace

TEST_CASE("a writer that rotates at every moment: no file is passed over") {
  SUBCASE("by date") {
    read_all(Names::dated, 0);
  }
  SUBCASE("by number") {
    read_all(Names::numbered, 0);
  }
}

TEST_CASE("a reader that comes back at every moment of a rotation finds its file") {
  SUBCASE("by date") {
    read_all(Names::dated, 5);
  }
  SUBCASE("by number") {
    read_all(Names::numbered, 5);
  }
}
