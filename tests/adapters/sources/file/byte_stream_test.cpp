#include "adapters/sources/file/byte_stream.hpp"

#include <doctest/doctest.h>
#include <lzma.h>
#include <unistd.h>
#include <zlib.h>

#include <stdexcept>
#include <string>

#include "tests/support/contains.hpp"
#include "tests/support/packing.hpp"
#include "tests/support/scratch_directory.hpp"

using namespace altmind;
using namespace altmind::file;

namespace {

std::string all_of(const std::string& path, std::size_t block = 1000) {
  const auto bytes = open_bytes(path);
  std::string all;
  std::string part(block, '\0');
  while (const std::size_t got = bytes->read(part)) all.append(part, 0, got);
  return all;
}

std::string error_of(const std::string& path) {
  try {
    all_of(path);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

// Returns text that compresses, but not to almost nothing.
std::string some_text(std::size_t size) {
  std::string text;
  for (std::uint32_t state = 1; text.size() < size; state = state * 1664525u + 1013904223u) {
    text += std::to_string(state >> 20) + ' ';
  }
  return text.substr(0, size);
}

}  // namespace

TEST_CASE("plain, gzip and xz files give the same bytes whatever their name says") {
  const ScratchDirectory directory;
  const std::string text = some_text(300'000);
  CHECK(all_of(directory.write("a.gz", text)) == text);
  CHECK(all_of(directory.write("b.txt", gzip(text))) == text);
  CHECK(all_of(directory.write("c", xz(text))) == text);
  CHECK(all_of(directory / "c", 7) == text);
  CHECK(open_bytes(directory / "a.gz")->packing() == Packing::none);
  CHECK(open_bytes(directory / "b.txt")->packing() == Packing::gzip);
  CHECK(open_bytes(directory / "c")->packing() == Packing::xz);
}

TEST_CASE("empty files and files shorter than a magic number are plain") {
  const ScratchDirectory directory;
  CHECK(all_of(directory.write("empty", "")).empty());
  CHECK(all_of(directory.write("one", "\x1f")) == "\x1f");
  CHECK(all_of(directory.write("packed nothing", gzip(""))).empty());
}

TEST_CASE("concatenated gzip members and xz streams are read as one") {
  const ScratchDirectory directory;
  CHECK(all_of(directory.write("a", gzip("one ") + gzip("") + gzip("two"))) == "one two");
  CHECK(all_of(directory.write("b", xz("one ") + xz("two"))) == "one two");
}

TEST_CASE("a packed file cut anywhere is an error that names the file and the byte") {
  const ScratchDirectory directory;
  const std::string text = some_text(5'000);
  for (const auto& [packed, kind] : {std::pair(gzip(text), "gzip"), std::pair(xz(text), "xz")}) {
    for (std::size_t size = 6; size < packed.size(); size += 5) {
      const std::string path = directory.write("cut", packed.substr(0, size));
      const std::string error = error_of(path);
      CAPTURE(size);
      CHECK(error ==
            path + ": truncated " + kind + " data at byte " + std::to_string(size) + " of " + std::to_string(size));
    }
  }
}

TEST_CASE("a packed file with a flipped byte never gives other bytes without an error") {
  const ScratchDirectory directory;
  const std::string text = some_text(5'000);
  for (const std::string& packed : {gzip(text), xz(text)}) {
    int errors = 0;
    for (std::size_t at = 6; at < packed.size(); at += 7) {
      std::string damaged = packed;
      damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
      const std::string path = directory.write("damaged", damaged);
      std::string got;
      try {
        got = all_of(path);
      } catch (const std::runtime_error& error) {
        ++errors;
        CHECK(test::contains(error.what(), path));
        CHECK(test::contains(error.what(), " at byte "));
        continue;
      }
      CHECK(got == text);  // a byte without effect, such as gzip's time stamp
    }
    CHECK(errors > static_cast<int>(packed.size() / 7) - 5);
  }
}

TEST_CASE("bytes behind a gzip member that are not gzip are an error") {
  const ScratchDirectory directory;
  CHECK(test::contains(error_of(directory.write("tail", gzip("text") + "rubbish")), "corrupt gzip data"));
}

TEST_CASE("missing files, directories and pipes are refused by name") {
  const ScratchDirectory directory;
  CHECK(test::contains(error_of(directory / "none"), (directory / "none") + ": cannot open: No such file"));
  CHECK(test::contains(error_of(directory / "."), "not a regular file"));
}

TEST_CASE("seeking in a plain file goes on at that byte") {
  const ScratchDirectory directory;
  const auto bytes = open_bytes(directory.write("a", "0123456789"));
  bytes->seek(7);
  std::string rest(10, '\0');
  CHECK(bytes->read(rest) == 3);
  CHECK(rest.substr(0, 3) == "789");
  CHECK(bytes->bytes_taken() == 10);
}
