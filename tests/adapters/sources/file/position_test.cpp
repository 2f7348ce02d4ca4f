#include "adapters/sources/file/position.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "adapters/sources/file/byte_stream.hpp"
#include "tests/support/scratch_directory.hpp"

using namespace altmind;
using namespace altmind::file;

TEST_CASE("a position survives its JSON text") {
  FilePosition position;
  position.files = {{1, 2, 3, 0xfedcba9876543210}, {~0ull, ~0ull, 1024, 0}};
  position.epoch = 4;
  position.record = ~0ull;
  CHECK(file_position_from_json(to_json(position)) == position);
  position.path = 1;
  position.offset = 1ull << 60;
  position.modified = 1'700'000'000'123'456'789;
  position.header = "a,\"b\"";
  CHECK(file_position_from_json(to_json(position)) == position);
  position.offset.reset();
  position.path = 0;
  position.shuffled_records = 60'000;
  position.seed = 7;
  CHECK(file_position_from_json(to_json(position)) == position);
  for (const char* nonsense : {"", "{}", "[]", "{\"files\": [{}], \"epoch\": 0, \"record\": 0}",
                               "{\"files\": [], \"epoch\": \"x\", \"record\": 0}"}) {
    CHECK_THROWS_AS(file_position_from_json(nonsense), std::runtime_error);
  }
}

TEST_CASE("the identity of a file stays while it grows and goes when its beginning or inode does") {
  const ScratchDirectory directory;
  const std::string path = directory.write("a", "0123456789");
  const FileIdentity small = identify(open_file(path).get(), path);
  CHECK(small.head_bytes == 10);
  directory.append("a", std::string(2000, 'x'));
  CHECK(same_file(small, open_file(path).get(), path));
  const FileIdentity large = identify(open_file(path).get(), path);
  CHECK(large.head_bytes == 1024);
  CHECK(large.inode == small.inode);
  CHECK(large.head != small.head);

  directory.write("b", "0123456789" + std::string(2000, 'x'));
  CHECK_FALSE(same_file(large, open_file(directory / "b").get(), "b"));  // same content, another file
  directory.write("a", "0123456789");
  CHECK(same_file(small, open_file(path).get(), path));
  CHECK_FALSE(same_file(large, open_file(path).get(), path));  // shorter than its head was
  directory.write("a", "9876543210" + std::string(2000, 'x'));
  CHECK_FALSE(same_file(small, open_file(path).get(), path));  // the inode of a deleted file
}

TEST_CASE("the head is the published FNV-1a of the first bytes") {
  const ScratchDirectory directory;
  const std::string path = directory.write("a", "foobar");
  CHECK(identify(open_file(path).get(), path).head == 0x85944171f73967e8);
  CHECK(head_of(open_file(path).get(), 0, path) == 0xcbf29ce484222325);
  CHECK_FALSE(head_of(open_file(path).get(), 7, path));
}
