// Running out of memory ends with an error message.

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "tests/e2e/support/daemon.hpp"
#include "tests/e2e/support/samples.hpp"
#include "tests/support/contains.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/scratch_directory.hpp"

namespace altmind::e2e {

namespace {

constexpr std::uint64_t mib = 1 << 20;

/// CHECKs exit code and parts of stderr of a command whose address space is limited.
void check_sentence(std::vector<std::string> arguments, std::uint64_t limit, int code,
                    const std::vector<std::string>& parts) {
  const Finished finished = run_altmind({.arguments = std::move(arguments), .address_space_limit = limit});
  CHECK_MESSAGE(finished.ended == exited(code), finished.err);
  for (const std::string& part : parts) {
    CAPTURE(part);
    CHECK_MESSAGE(test::contains(finished.err, part), finished.err);
  }
  CHECK_FALSE(test::contains(finished.err, "bad_alloc"));
}

/// Writes a checkpoint with one tensor of `bytes` bytes, all of them a hole in the file.
void write_hollow_checkpoint(const std::filesystem::path& file, std::uint64_t bytes) {
  std::string header = R"({"__metadata__":{"checksum":")" + std::string(64, '0') +
                       R"("},"weight.0":{"dtype":"U8","shape":[)" + std::to_string(bytes) + R"(],"data_offsets":[0,)" +
                       std::to_string(bytes) + "]}}";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  const std::uint64_t length = header.size();
  std::ofstream(file, std::ios::binary) << std::string(reinterpret_cast<const char*>(&length), sizeof length) << header;
  std::filesystem::resize_file(file, sizeof length + header.size() + bytes);
}

}  // namespace

TEST_CASE("a checkpoint that is too large is named by every command that reads it" * doctest::skip(test::sanitized)) {
  const ScratchDirectory scratch;
  std::filesystem::create_directories(scratch / "data/checkpoints");
  const std::string file = scratch / "data/checkpoints/step-1.safetensors";
  write_hollow_checkpoint(file, 8192 * mib);
  const std::string records = scratch.write("records.ndjson", "{\"features\":[1]}\n");
  const std::uint64_t limit = 2048 * mib;
  const std::vector<std::string> too_large = {file, "there is not enough memory for tensor weight.0 of 8192 MiB"};
  check_sentence({"inspect", file}, limit, 1, too_large);
  check_sentence({"inspect", scratch / "data"}, limit, 1, too_large);
  check_sentence({"replay", "--data", scratch / "data"}, limit, 1, too_large);
  for (const std::string& from : {file, std::string(scratch / "data")}) {
    check_sentence({"predict", "--checkpoint", from, "--input", records}, limit, 2,
                   {file, "to predict with its 8.0 GiB needs about 16 GiB of memory",
                    "the address space may be (ulimit -v) 2.0 GiB"});
  }
}

TEST_CASE("a network that needs more than there is is refused by replay and demo as by check" *
          doctest::skip(test::sanitized)) {
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "data";
  setup.inputs = 2000;
  setup.hidden = "[500]";
  setup.sources = "[[source]]\ntype = \"stdin\"\n";
  const std::string config = scratch.write("altmind.toml", setup.toml());
  const Finished learned = run_altmind({.arguments = {"learn", "-c", config, "--set", "learning.arms=1"},
                                        .input = sample_lines(0, 50, 0, setup.inputs)});
  REQUIRE_MESSAGE(learned.ended == exited(0), learned.err);
  const std::vector<std::string> sentence = {"model.inputs: a network of 2000-500-4 and batches of 50 need about ",
                                             "the address space may be (ulimit -v) 400 MiB"};
  check_sentence({"check", "-c", config}, 400 * mib, 2, sentence);
  check_sentence({"replay", "--data", setup.directory}, 400 * mib, 2, sentence);
  CHECK(replay(setup.directory).at("samples") == 50);
  check_sentence({"demo", "--set", "limits.memory=\"100MiB\""}, 8192 * mib, 2,
                 {"a network of 10-100-100-2", "limits.memory allows 100 MiB"});
}

TEST_CASE("a source that finds no memory for a record is a sentence" * doctest::skip(test::sanitized)) {
  const ScratchDirectory scratch;
  const std::string file = scratch.write("one-line.csv", "1,2,");
  std::filesystem::resize_file(file, 1024 * mib);
  Setup setup;
  setup.inputs = 2;
  setup.sources =
      "[[source]]\ntype = \"file\"\nname = \"long\"\nformat = \"csv\"\nmax_line = \"1GiB\"\npath = \"" + file + "\"\n";
  const std::string config = scratch.write("altmind.toml", setup.toml());
  check_sentence({"learn", "-c", config}, 900 * mib, 1, {"source long: there is not enough memory"});
}

}  // namespace altmind::e2e
