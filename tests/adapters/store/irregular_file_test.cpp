// FIFOs, directories and devices where the store expects files: refused without blocking.

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "adapters/store/checkpoint/checkpoints.hpp"
#include "adapters/store/directory_lock.hpp"
#include "adapters/store/journal/journal.hpp"
#include "adapters/store/journal/journal_head.hpp"
#include "adapters/store/posix_file.hpp"
#include "tests/adapters/store/journal_support.hpp"
#include "tests/adapters/store/temp_directory.hpp"

using namespace altmind;
using namespace altmind::store;
using namespace altmind::test;

namespace {

void put_fifo(const std::filesystem::path& at) {
  std::filesystem::remove(at);
  REQUIRE(::mkfifo(at.c_str(), 0600) == 0);
}

CheckpointImage nearly_empty_image() {
  CheckpointImage image;
  image.metadata = {{"sequence", "0"}};
  return image;
}

}  // namespace

TEST_CASE("irregular files: only regular files are opened, and a FIFO is not waited for") {
  const TempDirectory temp;
  put_fifo(temp / "fifo");
  std::filesystem::create_directory(temp / "directory");
  for (const auto& path : {temp / "fifo", temp / "directory", std::filesystem::path("/dev/zero")}) {
    CHECK_THROWS_WITH_AS(PosixFile(path, O_RDONLY), doctest::Contains((path.string() + ": is not a regular").c_str()),
                         std::system_error);
  }
  CHECK_THROWS_AS(PosixFile(temp / "fifo", O_RDWR | O_CREAT), std::system_error);
  CHECK_THROWS_AS(PosixFile(temp / "fifo", O_WRONLY | O_CREAT | O_TRUNC), std::system_error);
  CHECK(PosixFile(temp / "directory", O_RDONLY | O_DIRECTORY).is_open());
}

TEST_CASE("irregular files: a FIFO in the place of a checkpoint is one that cannot be read") {
  const TempDirectory temp;
  Checkpoints checkpoints(temp.path(), 2);
  checkpoints.save(1, nearly_empty_image());
  put_fifo(temp / "step-9.safetensors");
  std::vector<std::string> damaged;
  const auto newest = checkpoints.newest(damaged);
  REQUIRE(newest);
  CHECK(newest->file == temp / "step-1.safetensors");
  REQUIRE(damaged.size() == 1);
  CHECK(damaged.front().find("step-9.safetensors: is not a regular file") != std::string::npos);
  put_fifo(temp / "step-2.safetensors.tmp");
  CHECK_THROWS_AS(checkpoints.save(2, nearly_empty_image()), CheckpointError);
}

TEST_CASE("irregular files: a FIFO in the place of lock, journal.head or a segment ends the start with its name") {
  const TempDirectory temp;
  put_fifo(temp / "lock");
  CHECK_THROWS_WITH_AS(DirectoryLock{temp.path()}, doctest::Contains("lock: is not a regular file"), std::system_error);
  put_fifo(head_file(temp / "journal"));
  CHECK_FALSE(read_head(temp / "journal"));
  CHECK_THROWS_WITH_AS(Journal({temp / "journal"}, classes_spec, 1),
                       doctest::Contains("journal.head: is not a regular file"), JournalError);
  std::filesystem::remove(head_file(temp / "journal"));
  put_fifo(temp / "journal" / "00000000000000000001.journal");
  CHECK_THROWS_WITH_AS(collect(temp / "journal"), doctest::Contains("1.journal: is not a regular file"), JournalError);
  CHECK_THROWS_WITH_AS(Journal({temp / "journal"}, classes_spec, 1),
                       doctest::Contains("1.journal: is not a regular file"), JournalError);
}
