#include <doctest/doctest.h>

#include <cstring>
#include <optional>

#include "adapters/store/journal/journal.hpp"
#include "adapters/store/journal/journal_format.hpp"
#include "tests/adapters/store/journal_support.hpp"
#include "tests/adapters/store/temp_directory.hpp"

using namespace altmind;
using namespace altmind::store;
using namespace altmind::test;

namespace {

/// A small journal and its expected content.
struct Written {
  Records records;
  std::uint64_t last_sync = 0;  ///< file size when the last stretch began
};

/// Writes three syncs, the last one with several records; `directory` is left as after kill -9, or closed.
Written write_small(const std::filesystem::path& directory, bool closed) {
  Written written;
  const auto scratch = directory.string() + "-scratch";
  {
    Journal journal({scratch}, classes_spec, 1);
    const auto synced = [&] {
      journal.sync();
      return journal.bytes();
    };
    const auto group = [&](std::size_t count, std::uint64_t seed) {
      const Group made = make_group(classes_spec, count, seed);
      written.records.push_back(GroupRecord{journal.last_sequence() + 1, made});
      journal.append(made);
    };
    journal.append_config("{\"a\": 1}");
    written.records.push_back(ConfigRecord{0, "{\"a\": 1}"});
    group(2, 7);
    synced();
    group(1, 2);
    written.last_sync = synced();
    group(1, 3);
    group(0, 8);
    journal.append_cut();
    written.records.push_back(CutRecord{journal.last_sequence()});
    journal.append_boundary();
    written.records.push_back(BoundaryRecord{journal.last_sequence()});
    group(2, 5);
    synced();
    copy_as_crashed(scratch, directory);
  }
  if (closed) copy_as_crashed(scratch, directory);
  std::filesystem::remove_all(scratch);
  return written;
}

std::filesystem::path only_segment(const std::filesystem::path& directory) {
  const auto files = segments(directory);
  REQUIRE(files.size() == 1);
  return files.front();
}

/// Reads, opens, appends, reads again. Returns the recovered records, or nothing if both refuse. With `open` false it
/// only reads: opening syncs, which is slow for thousands of files.
std::optional<Records> recover(const std::filesystem::path& directory, bool open = true) {
  std::optional<Records> seen;
  std::string why;
  try {
    seen = collect(directory);
  } catch (const JournalError& error) {
    why = error.what();
  }
  if (!open) return seen;
  const Group extra = make_group(classes_spec, 1, 1000);
  try {
    Journal journal({directory}, classes_spec, 1);
    REQUIRE(seen.has_value());
    CHECK(same(collect(directory), *seen));
    const std::uint64_t first = journal.last_sequence() + 1;
    journal.append(extra);
    journal.sync();
    Records more = *seen;
    more.push_back(GroupRecord{first, extra});
    CHECK(same(collect(directory), more));
  } catch (const JournalError& error) {
    REQUIRE(!seen.has_value());
    CHECK(std::string(error.what()) == why);
    CHECK(why.find(".journal: ") != std::string::npos);
  }
  return seen;
}

}  // namespace

TEST_CASE("journal damage: after a crash, every changed byte before the last sync is refused, behind it cuts there") {
  const TempDirectory temp;
  const Written written = write_small(temp / "good", false);
  const std::string good = slurp(only_segment(temp / "good"));
  for (std::size_t at = 0; at < good.size(); ++at) {
    CAPTURE(at);
    copy_as_crashed(temp / "good", temp / "bad");
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ (1 << at % 8));
    spill(only_segment(temp / "bad"), bad);
    const auto found = recover(temp / "bad", at % 5 == 0);
    if (at < written.last_sync) {
      CHECK(!found.has_value());
    } else {
      REQUIRE(found.has_value());
      CHECK(is_prefix(*found, written.records));
      CHECK(found->size() >= 3);
      CHECK(found->size() < written.records.size());
    }
  }
}

TEST_CASE("journal damage: closed in good order, every changed byte of every record is refused") {
  const TempDirectory temp;
  const Written written = write_small(temp / "good", true);
  const std::string good = slurp(only_segment(temp / "good"));
  const std::size_t seal = good.size() - record_header_bytes;
  for (std::size_t at = 0; at < good.size(); ++at) {
    CAPTURE(at);
    copy_as_crashed(temp / "good", temp / "bad");
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    spill(only_segment(temp / "bad"), bad);
    const auto found = recover(temp / "bad", at < seal || at % 5 == 0);
    if (at < seal) {
      CHECK(!found.has_value());
    } else {
      REQUIRE(found.has_value());
      CHECK(same(*found, written.records));
    }
  }
}

TEST_CASE("journal damage: a file cut at any length gives the records that are whole, and goes on") {
  const TempDirectory temp;
  const Written written = write_small(temp / "good", true);
  const std::string good = slurp(only_segment(temp / "good"));
  std::size_t before = 0;
  for (std::size_t size = 0; size <= good.size(); ++size) {
    CAPTURE(size);
    copy_as_crashed(temp / "good", temp / "bad");
    spill(only_segment(temp / "bad"), good.substr(0, size));
    const auto found = recover(temp / "bad", size % 16 == 0 || size < 8);
    REQUIRE(found.has_value());
    CHECK(is_prefix(*found, written.records));
    CHECK(found->size() >= before);
    before = found->size();
  }
  CHECK(before == written.records.size());
}

TEST_CASE("journal damage: opening says what it cut") {
  const TempDirectory temp;
  write_small(temp / "j", false);
  const auto file = only_segment(temp / "j");
  const std::string good = slurp(file);
  spill(file, good.substr(0, good.size() - 5));
  const Journal journal({temp / "j"}, classes_spec, 1);
  CHECK(journal.repairs().find(file.string() + ": the last ") == 0);
  CHECK(journal.last_sequence() == 4);
}

TEST_CASE("journal damage: after a power failure later bytes may be there without the earlier ones") {
  const TempDirectory temp;
  const Written written = write_small(temp / "j", false);
  const auto file = only_segment(temp / "j");
  const std::string good = slurp(file);
  // The last stretch holds four records; its first bytes never reached the disk.
  for (const std::size_t lost : {std::size_t{1}, record_header_bytes, record_header_bytes + 20}) {
    std::string torn = good;
    std::fill_n(torn.begin() + static_cast<long>(written.last_sync), lost, '\0');
    copy_as_crashed(temp / "j", temp / "torn");
    spill(only_segment(temp / "torn"), torn);
    const auto found = recover(temp / "torn");
    REQUIRE(found.has_value());
    CHECK(found->size() == 3);
    CHECK(is_prefix(*found, written.records));
  }
  // The file grew, but only zeros were written.
  spill(file, good + std::string(100'000, '\0'));
  const auto found = recover(temp / "j");
  REQUIRE(found.has_value());
  CHECK(same(*found, written.records));
}

TEST_CASE("journal damage: the proof is found wherever in a long segment it lies") {
  const TempDirectory temp;
  // Two groups in the first stretch, so only the third record proves anything. Its header is placed around 1 MiB
  // after the damage, where one chunk of the search ends.
  const std::size_t damage = segment_header_bytes;
  const std::size_t edge = damage + 1 + (1 << 20);
  for (const std::size_t before :
       {std::size_t{1}, std::size_t{20}, std::size_t{39}, std::size_t{40}, std::size_t{41}}) {
    CAPTURE(before);
    {
      Journal journal({temp / "live"}, regression_spec, 1);
      const Group first = make_group(regression_spec, 1, 3);
      journal.append(first);
      Group second = make_group(regression_spec, 43'000, 6);  // of 24 bytes each
      second.origin = {};
      second.introduced.clear();
      const std::size_t size = record_header_bytes + group_prefix_bytes(first) + 24 + record_header_bytes +
                               group_prefix_bytes(second) + 24 * second.samples.count;
      second.origin.position = std::string(edge - before - damage - size, 'p');
      journal.append(second);
      journal.sync();
      REQUIRE(journal.bytes() == edge - before);
      journal.append_cut();
      journal.sync();
      copy_as_crashed(temp / "live", temp / "j");
    }
    std::filesystem::remove_all(temp / "live");
    std::filesystem::remove(temp / "live.head");
    const auto file = only_segment(temp / "j");
    std::string bytes = slurp(file);
    bytes[damage] ^= 1;
    spill(file, bytes);
    CHECK_THROWS_WITH_AS(collect(temp / "j"), doctest::Contains("a later record proves"), JournalError);
  }
}

TEST_CASE("journal damage: samples that imitate a record do not pass for proof of damage") {
  const TempDirectory temp;
  write_small(temp / "other", true);  // its last record states that everything before it was synced
  std::string imitation = slurp(only_segment(temp / "other"));
  imitation.resize(imitation.size() / 12 * 12);
  Group group;
  group.samples.count = imitation.size() / 12;
  group.samples.x.resize(imitation.size() / 4);
  std::memcpy(group.samples.x.data(), imitation.data(), imitation.size());
  group.samples.label.resize(group.samples.count);
  {
    Journal journal({temp / "live"}, classes_spec, 1);
    journal.append(group);
    journal.sync();
    copy_as_crashed(temp / "live", temp / "j");
  }
  const auto file = only_segment(temp / "j");
  std::string bytes = slurp(file);
  bytes[segment_header_bytes + record_header_bytes] ^= 1;
  spill(file, bytes);
  const auto found = recover(temp / "j");
  REQUIRE(found.has_value());
  CHECK(found->empty());
}

TEST_CASE("journal damage: --truncate-journal cuts at the damage and the journal goes on") {
  const TempDirectory temp;
  const Written written = write_small(temp / "good", true);
  const std::string good = slurp(only_segment(temp / "good"));
  for (std::size_t at = 0; at < good.size(); at += 11) {
    CAPTURE(at);
    copy_as_crashed(temp / "good", temp / "bad");
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x20);
    spill(only_segment(temp / "bad"), bad);
    {
      Journal journal({temp / "bad", 1 << 20, true}, classes_spec, 1);
      CHECK(!journal.repairs().empty());
    }
    const auto found = recover(temp / "bad");
    REQUIRE(found.has_value());
    CHECK(is_prefix(*found, written.records));
    if (at > written.last_sync) CHECK(found->size() >= 3);
  }
}

TEST_CASE("journal damage: in an older segment it is always refused; cutting deletes the segments behind it") {
  const TempDirectory temp;
  Records written;
  {
    Journal journal({temp / "good", 300}, classes_spec, 1);
    journal.append_config("C");
    written.push_back(ConfigRecord{0, "C"});
    for (std::uint64_t i = 0; i < 12; ++i) {
      const Group group = make_group(classes_spec, 3, i);
      written.push_back(GroupRecord{journal.last_sequence() + 1, group});
      journal.append(group);
      journal.sync();
    }
  }
  const auto files = segments(temp / "good");
  REQUIRE(files.size() > 3);
  const std::string good = slurp(files[1]);
  for (std::size_t at = 0; at < good.size(); ++at) {
    CAPTURE(at);
    copy_as_crashed(temp / "good", temp / "bad");
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x04);
    spill(temp / "bad" / files[1].filename().string(), bad);
    CHECK(!recover(temp / "bad").has_value());
    if (at % 9 != 0) continue;
    {
      Journal journal({temp / "bad", 300, true}, classes_spec, 1);
      CHECK(segments(temp / "bad").size() <= 2);
    }
    const auto found = recover(temp / "bad");
    REQUIRE(found.has_value());
    CHECK(found->size() >= 2);
    CHECK(is_prefix(*found, written));
  }
  for (std::size_t size = 0; size < good.size(); size += 7) {
    CAPTURE(size);
    copy_as_crashed(temp / "good", temp / "bad");
    spill(temp / "bad" / files[1].filename().string(), good.substr(0, size));
    CHECK(!recover(temp / "bad").has_value());
  }
}

TEST_CASE("journal damage: a missing segment is refused and named") {
  const TempDirectory temp;
  {
    Journal journal({temp / "j", 300}, classes_spec, 1);
    for (std::uint64_t i = 0; i < 12; ++i) {
      journal.append(make_group(classes_spec, 3, i));
      journal.sync();
    }
  }
  const auto files = segments(temp / "j");
  REQUIRE(files.size() > 3);
  std::filesystem::remove(files[1]);
  CHECK_THROWS_WITH_AS(collect(temp / "j"), doctest::Contains("a segment or the end of one is missing"), JournalError);
  CHECK_THROWS_WITH_AS(Journal({temp / "j"}, classes_spec, 1), doctest::Contains(files[2].c_str()), JournalError);
  Journal journal({temp / "j", 300, true}, classes_spec, 1);
  CHECK(segments(temp / "j").size() == 1);
  // Only a reader that knows where the journal must begin can notice that the first segment is missing.
  journal.append(make_group(classes_spec, 3, 99));
}

TEST_CASE("journal damage: random files never crash the reader") {
  const TempDirectory temp;
  write_small(temp / "good", true);
  const std::string good = slurp(only_segment(temp / "good"));
  std::mt19937_64 random(11);
  for (int round = 0; round < 400; ++round) {
    std::string bytes = good;
    if (round % 2 == 0) {  // noise after a good header, sometimes before
      bytes.resize(random() % 3000);
      const std::size_t from = round % 4 == 0 ? 0 : std::min(bytes.size(), segment_header_bytes);
      std::generate(bytes.begin() + static_cast<long>(from), bytes.end(), [&] { return static_cast<char>(random()); });
    } else {  // pieces of a journal in another order
      for (int i = 0; i < 5; ++i) {
        const std::size_t from = random() % bytes.size();
        bytes.insert(random() % bytes.size(), bytes.substr(from, random() % 200));
      }
    }
    copy_as_crashed(temp / "good", temp / "bad");
    spill(only_segment(temp / "bad"), bytes);
    recover(temp / "bad", round % 8 < 2);
  }
}
