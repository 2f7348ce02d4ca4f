#include "adapters/store/checkpoint/checkpoints.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/adapters/store/journal_support.hpp"
#include "tests/adapters/store/temp_directory.hpp"

using namespace altmind;
using namespace altmind::store;
using namespace altmind::test;

namespace {

CheckpointImage image_of(std::uint64_t step) {
  CheckpointImage image;
  image.metadata["sequence"] = std::to_string(step * 200);
  image.tensors["step"] = {DType::u64, {1}, std::vector<std::byte>(8)};
  image.tensors["step"].bytes[0] = static_cast<std::byte>(step);
  return image;
}

std::vector<std::string> names(const Checkpoints& checkpoints) {
  std::vector<std::string> found;
  for (const auto& file : checkpoints.files()) found.push_back(file.filename().string());
  return found;
}

void flip(const std::filesystem::path& file, std::size_t from_end) {
  std::string bytes = slurp(file);
  bytes[bytes.size() - from_end] ^= 1;
  spill(file, bytes);
}

}  // namespace

TEST_CASE("checkpoints: the newest are kept and the journal is needed after the oldest of them") {
  const TempDirectory temp;
  Checkpoints checkpoints(temp / "data" / "checkpoints", 2);
  std::vector<std::string> damaged;
  CHECK(!checkpoints.newest(damaged).has_value());
  CHECK(checkpoints.files().empty());
  CHECK(checkpoints.save(9, image_of(9)) == 1800);
  CHECK(checkpoints.save(10, image_of(10)) == 1800);
  CHECK(checkpoints.save(100, image_of(100)) == 2000);
  CHECK(names(checkpoints) == std::vector<std::string>{"step-10.safetensors", "step-100.safetensors"});
  CHECK(checkpoints.save(100, image_of(100)) == 2000);  // again, after a restart
  const auto loaded = checkpoints.newest(damaged);
  REQUIRE(loaded.has_value());
  CHECK(loaded->file.filename() == "step-100.safetensors");
  CHECK(loaded->image.metadata.at("sequence") == "20000");
  CHECK(loaded->image.tensors == image_of(100).tensors);
  CHECK(damaged.empty());
}

TEST_CASE("checkpoints: a damaged newest one falls back to the one before, and is replaced by the next") {
  const TempDirectory temp;
  Checkpoints checkpoints(temp.path(), 2);
  checkpoints.save(1, image_of(1));
  checkpoints.save(2, image_of(2));
  flip(temp / "step-2.safetensors", 1);
  std::vector<std::string> damaged;
  const auto loaded = checkpoints.newest(damaged);
  REQUIRE(loaded.has_value());
  CHECK(loaded->file == temp / "step-1.safetensors");
  REQUIRE(damaged.size() == 1);
  CHECK(damaged[0].find((temp / "step-2.safetensors").string() + ": is damaged") == 0);
  flip(temp / "step-1.safetensors", 1);
  damaged.clear();
  CHECK(!checkpoints.newest(damaged).has_value());
  CHECK(damaged.size() == 2);
}

TEST_CASE("checkpoints: files of later steps than the one saved are of another past and go") {
  const TempDirectory temp;
  for (const std::size_t keep : {std::size_t{1}, std::size_t{3}}) {
    Checkpoints checkpoints(temp.path(), keep);
    checkpoints.save(6, image_of(6));
    checkpoints.save(7, image_of(7));
    flip(temp / "step-7.safetensors", 1);
    CHECK(checkpoints.save(5, image_of(5)) == 1000);
    CHECK(names(checkpoints) == std::vector<std::string>{"step-5.safetensors"});
  }
}

TEST_CASE("checkpoints: a file whose header is damaged does not count as kept") {
  const TempDirectory temp;
  Checkpoints checkpoints(temp.path(), 2);
  checkpoints.save(1, image_of(1));
  checkpoints.save(2, image_of(2));
  spill(temp / "step-2.safetensors", "garbage");
  CHECK(checkpoints.save(3, image_of(3)) == 200);  // step 1 is the one to fall back to
  CHECK(names(checkpoints).size() == 3);
  CHECK(checkpoints.save(4, image_of(4)) == 600);
  CHECK(names(checkpoints) == std::vector<std::string>{"step-3.safetensors", "step-4.safetensors"});
}

TEST_CASE("checkpoints: what a crash left is removed, what others put there stays") {
  const TempDirectory temp;
  for (const char* name : {"step-3.safetensors.tmp", "notes.tmp", "step-03.safetensors", "step-x.safetensors",
                           "step-3.safetensors.bak", "step-.safetensors", "step-99999999999999999999.safetensors"}) {
    spill(temp / name, "x");
  }
  const Checkpoints checkpoints(temp.path(), 2);
  CHECK(segments(temp.path()).size() == 6);
  CHECK(!std::filesystem::exists(temp / "step-3.safetensors.tmp"));
  CHECK(checkpoints.files().empty());
}

TEST_CASE("checkpoints: wrong use is refused with a sentence") {
  const TempDirectory temp;
  CHECK_THROWS_WITH_AS(Checkpoints(temp.path(), 0), doctest::Contains("at least 1, got 0"), std::invalid_argument);
  Checkpoints checkpoints(temp.path(), 1);
  CheckpointImage image = image_of(1);
  for (const char* sequence : {"", "-1", "12x", " 12", "18446744073709551616"}) {
    image.metadata["sequence"] = sequence;
    CHECK_THROWS_WITH_AS(checkpoints.save(1, image), doctest::Contains("sequence"), CheckpointError);
  }
  image.metadata.erase("sequence");
  CHECK_THROWS_AS(checkpoints.save(1, image), CheckpointError);
  CHECK(checkpoints.files().empty());
  spill(temp / "file", "x");
  CHECK_THROWS_AS(Checkpoints(temp / "file", 1), CheckpointError);
}

TEST_CASE("checkpoints: a full disk leaves the older ones as they were and no half file") {
  const TempDirectory temp;
  Checkpoints checkpoints(temp.path(), 1);
  checkpoints.save(1, image_of(1));
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{5000, 5000};
    int status = 1;
    CheckpointImage image = image_of(2);
    image.tensors["large"] = {DType::u8, {6000}, std::vector<std::byte>(6000)};
    if (::setrlimit(RLIMIT_FSIZE, &limit) == 0) {
      try {
        checkpoints.save(2, image);
      } catch (const CheckpointError& error) {
        status = std::string(error.what()).find("cannot write") != std::string::npos ? 0 : 2;
      } catch (...) {
        status = 3;
      }
    }
    ::_exit(status);
  }
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(segments(temp.path()).size() == 1);
  std::vector<std::string> damaged;
  CHECK(checkpoints.newest(damaged)->file == temp / "step-1.safetensors");
}
