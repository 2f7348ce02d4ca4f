#include <doctest/doctest.h>

#include <cstring>

#include "adapters/store/journal/crc32c.hpp"
#include "adapters/store/journal/journal.hpp"
#include "adapters/store/journal/journal_format.hpp"
#include "tests/adapters/store/journal_support.hpp"
#include "tests/adapters/store/temp_directory.hpp"

using namespace altmind;
using namespace altmind::store;
using namespace altmind::test;

TEST_CASE("journal damage: what is not a segment, or is one of a newer version, is refused with a sentence") {
  const TempDirectory temp;
  std::filesystem::create_directories(temp / "j");
  const auto refused = [&](const std::string& name, const std::string& bytes, const char* sentence) {
    std::filesystem::remove_all(temp / "j");
    std::filesystem::create_directories(temp / "j");
    spill(temp / "j" / name, bytes);
    CHECK_THROWS_WITH_AS(collect(temp / "j"), doctest::Contains(sentence), JournalError);
    CHECK_THROWS_WITH_AS(Journal({temp / "j"}, classes_spec, 1), doctest::Contains(sentence), JournalError);
    CHECK(slurp(temp / "j" / name) == bytes);
  };
  const std::string name = "00000000000000000001.journal";
  refused(name, "hello, I am a diary of some length, and I am longer than a segment's header", "not a segment");
  refused(name, "diary", "shorter than a segment's header");
  refused("diary.journal", "x", "named by 20 digits");
  refused("99999999999999999999.journal", "x", "named by 20 digits");
  refused("00000000000000000000.journal", "x", "named by 20 digits");

  std::vector<std::byte> header;
  encode_segment_header({1, 1, classes_spec}, header);
  const std::uint32_t newer = 2;
  std::memcpy(header.data() + 8, &newer, 4);
  Crc32c crc;
  crc.update(std::span(header).first(60));
  const std::uint32_t sum = crc.value();
  std::memcpy(header.data() + 60, &sum, 4);
  const std::string bytes(reinterpret_cast<const char*>(header.data()), header.size());
  refused(name, bytes, "format version 2, this program reads version 1");
  CHECK_THROWS_AS(Journal({temp / "j", 1000, true}, classes_spec, 1), JournalError);
  CHECK(slurp(temp / "j" / name) == bytes);
}

TEST_CASE("journal damage: hostile lengths with right checksums are refused before anything is allocated") {
  const TempDirectory temp;
  std::filesystem::create_directories(temp / "j");
  const auto number = [](std::string& text, auto value) {
    text.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  const auto prefix = [&](std::uint64_t count, std::uint32_t source, std::uint32_t key, std::uint32_t introduced) {
    std::string payload;
    number(payload, count);
    number(payload, std::uint64_t{0});
    for (const std::uint32_t size : {source, 0u, 0u, key}) number(payload, size);
    number(payload, introduced);
    number(payload, std::uint32_t{0});
    return payload;
  };
  const auto refused = [&](std::uint32_t type, const std::string& payload, std::uint64_t sequence = 1,
                           std::uint64_t durable = 0) {
    std::vector<std::byte> bytes;
    encode_segment_header({77, 1, classes_spec}, bytes);
    Crc32c crc;
    crc.update(std::as_bytes(std::span(payload)));
    std::vector<std::byte> head(record_header_bytes);
    encode_record_header({static_cast<RecordType>(type), payload.size(), sequence, durable, crc.value()}, 77, head);
    bytes.insert(bytes.end(), head.begin(), head.end());
    const auto file = temp / "j" / "00000000000000000001.journal";
    spill(file, std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()) + payload);
    CHECK_THROWS_AS(collect(temp / "j"), JournalError);
    CHECK_THROWS_AS(Journal({temp / "j"}, classes_spec, 1), JournalError);
  };
  refused(1, "");
  refused(7, "");
  refused(7, prefix(1, 0, 0, 0) + std::string(4 + 2, 'a'));   // one of three feature bytes is missing
  refused(7, prefix(1, 0, 0, 0) + std::string(4 + 12, 'a'));  // floats

  refused(1, prefix(1, 0, 0, 0));
  refused(1, prefix(~0ull, 0, 0, 0));
  refused(1, prefix(1ull << 62, 0, 0, 0));
  refused(1, prefix(0x1000000000000001ull, 0, 0, 0) + std::string(16, 'x'));
  refused(1, prefix((1ull << 62) + 1, 0, 0, 0) + std::string(16, '\0'));  // would fit if the product overflowed
  refused(1, prefix(0, 0xFFFFFFFFu, 0, 0));
  refused(1, prefix(0, 0, 0xFFFFFFFFu, 0));
  refused(1, prefix(0, 0, 0, 0xFFFFFFFFu));
  refused(1, prefix(0, 0, 0, 0) + "x");
  refused(1, prefix(0, 0, 0, 0), 2);
  refused(1, prefix(0, 0, 0, 0), 1, 65);
  refused(1, prefix(1, 0, 0, 0) + std::string("\x05\0\0\0", 4) + std::string(12, '\0'));  // label 5 of 5
  refused(2, "x", 0);
  refused(5, "x", 0);
  refused(6, "x", 0);
  refused(6, "", 7);
  refused(7, "", 0);
  refused(0, "", 0);
  refused(2, "", 7);
}
