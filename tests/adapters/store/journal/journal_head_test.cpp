// Journals that have become shorter.

#include "adapters/store/journal/journal_head.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "adapters/store/journal/journal.hpp"
#include "tests/adapters/store/journal_support.hpp"
#include "tests/adapters/store/temp_directory.hpp"

using namespace altmind;
using namespace altmind::store;
using namespace altmind::test;

namespace {

constexpr std::uint64_t small_segment = 2000;

/// Writes 30 groups of 4 samples, each synced, over several segments.
void write_groups(const std::filesystem::path& directory) {
  Journal journal({directory, small_segment}, classes_spec, 1);
  journal.append_config("{}");
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    journal.append(make_group(classes_spec, 4, seed));
    journal.sync();
  }
}

std::string refusal(const std::filesystem::path& directory) {
  try {
    collect(directory);
    return {};
  } catch (const JournalError& error) {
    return error.what();
  }
}

std::string refusal_to_open(const std::filesystem::path& directory, std::uint64_t next = 1) {
  try {
    const Journal journal({directory, small_segment}, classes_spec, next);
    return {};
  } catch (const JournalError& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("journal head: wherever the newest segment is cut, opening and reading miss what was acknowledged") {
  const TempDirectory temp;
  write_groups(temp / "j");
  REQUIRE(segments(temp / "j").size() >= 3);
  const auto newest = segments(temp / "j").back();
  const std::string whole = slurp(newest);
  const std::size_t before = collect(temp / "j").size();
  for (std::size_t size = 0; size < whole.size(); size += size < 100 ? 13 : 31) {
    CAPTURE(size);
    spill(newest, whole.substr(0, size));
    CHECK(refusal(temp / "j").find("were on the disk") != std::string::npos);
    const bool only_the_seal = size + 44 >= whole.size();
    CHECK(only_the_seal !=
          (refusal(temp / "j").find(" to 120, which may have been acknowledged, are missing") != std::string::npos));
    CHECK(refusal_to_open(temp / "j") == refusal(temp / "j"));
    CHECK(missing_at_end(temp / "j").find("samples up to 120 were acknowledged") != std::string::npos);
  }
  spill(newest, whole);
  CHECK(missing_at_end(temp / "j") == "");
  CHECK(collect(temp / "j").size() == before);
  CHECK(refusal_to_open(temp / "j") == "");
}

TEST_CASE("journal head: a seal alone that was cut off is missed, not called torn") {
  const TempDirectory temp;
  write_groups(temp / "j");
  const auto newest = segments(temp / "j").back();
  std::filesystem::resize_file(newest, std::filesystem::file_size(newest) - 1);
  CHECK(refusal(temp / "j").find("the file ends within a record") != std::string::npos);
}

TEST_CASE("journal head: segments that are gone are missed, the newest as well as all") {
  const TempDirectory temp;
  write_groups(temp / "j");
  std::filesystem::remove(segments(temp / "j").back());
  CHECK(refusal(temp / "j").find("to 120, which may have been acknowledged, were on the disk") != std::string::npos);
  CHECK(refusal_to_open(temp / "j") == refusal(temp / "j"));
  CHECK(missing_at_end(temp / "j").find("is missing") != std::string::npos);
  for (const auto& file : segments(temp / "j")) std::filesystem::remove(file);
  CHECK(refusal(temp / "j").find("has no segment, but samples up to 120") != std::string::npos);
  CHECK(refusal_to_open(temp / "j") == refusal(temp / "j"));
  // A checkpoint that covers all samples needs nothing of the journal.
  CHECK(refusal_to_open(temp / "j", 121) == "");
  CHECK(refusal_to_open(temp / "j", 121) == "");
}

TEST_CASE("journal head: another journal in the place of the newest segment is missed") {
  const TempDirectory temp;
  write_groups(temp / "j");
  const auto newest = segments(temp / "j").back();
  const std::uint64_t first = std::stoull(newest.stem().string());
  {
    Journal other({temp / "other"}, classes_spec, first);
    other.append_config("{}");
    other.sync();
  }
  std::filesystem::copy_file(segments(temp / "other").front(), newest,
                             std::filesystem::copy_options::overwrite_existing);
  CHECK(refusal(temp / "j").find("to 120, which may have been acknowledged") != std::string::npos);
}

TEST_CASE("journal head: an operator may accept the loss, once") {
  const TempDirectory temp;
  write_groups(temp / "j");
  const auto newest = segments(temp / "j").back();
  std::filesystem::resize_file(newest, std::filesystem::file_size(newest) - 200);
  std::uint64_t last = 0;
  {
    Journal journal({temp / "j", small_segment, true}, classes_spec, 1);
    CHECK(journal.repairs().find("the journal was cut at byte") != std::string::npos);
    last = journal.last_sequence();
    CHECK(last < 120);
    journal.append(make_group(classes_spec, 2, 99));
    journal.sync();
  }
  CHECK(refusal_to_open(temp / "j") == "");
  CHECK(read_head(temp / "j")->last_sequence == last + 2);
}

TEST_CASE("journal head: without one, or with one that is older, the journal is what its records say") {
  const TempDirectory temp;
  write_groups(temp / "j");
  const std::string head = slurp(head_file(temp / "j"));
  const auto newest = segments(temp / "j").back();
  for (const std::string& text : {std::string(), head.substr(0, 20), std::string(head.size(), 'x')}) {
    spill(head_file(temp / "j"), text);
    CHECK_FALSE(read_head(temp / "j").has_value());
    CHECK(refusal(temp / "j") == "");
    CHECK(missing_at_end(temp / "j") == "");
  }
  std::filesystem::remove(head_file(temp / "j"));
  std::filesystem::resize_file(newest, std::filesystem::file_size(newest) - 1);  // within the seal
  {
    const Journal journal({temp / "j", small_segment}, classes_spec, 1);
    CHECK(journal.repairs().find("Nothing tells whether more was there once") != std::string::npos);
    CHECK(journal.last_sequence() == 120);
  }
  // As after a power failure that kept the segments and lost the last writes of the head.
  const std::string older = slurp(head_file(temp / "j"));
  {
    Journal journal({temp / "j", small_segment}, classes_spec, 1);
    for (std::uint64_t seed = 0; seed < 30; ++seed) journal.append(make_group(classes_spec, 4, seed));
    journal.sync();
  }
  spill(head_file(temp / "j"), older);
  CHECK(refusal_to_open(temp / "j") == "");
  CHECK(read_head(temp / "j")->last_sequence == 240);
}

TEST_CASE("journal head: what is torn behind the head was never acknowledged, and is cut as before") {
  const TempDirectory temp;
  write_groups(temp / "j");
  const auto newest = segments(temp / "j").back();
  std::ofstream(newest, std::ios::app | std::ios::binary) << "half a record";
  const Journal journal({temp / "j", small_segment}, classes_spec, 1);
  CHECK(journal.repairs().find("never acknowledged; cut off") != std::string::npos);
  CHECK(journal.last_sequence() == 120);
}

TEST_CASE("journal head: every bit of it counts") {
  const TempDirectory temp;
  write_groups(temp / "j");
  const std::string head = slurp(head_file(temp / "j"));
  for (std::size_t at = 0; at < head.size(); ++at) {
    std::string bad = head;
    bad[at] = static_cast<char>(bad[at] ^ 4);
    spill(head_file(temp / "j"), bad);
    const auto found = read_head(temp / "j");
    // The length is not checked by itself, but the checksum covers it.
    CHECK_FALSE(found.has_value());
  }
}

TEST_CASE("journal: a segment that was deleted or replaced while it was written acknowledges nothing more") {
  const TempDirectory temp;
  for (const bool replaced : {false, true}) {
    const auto directory = temp / (replaced ? "replaced" : "deleted");
    Journal journal({directory}, classes_spec, 1);
    journal.append(make_group(classes_spec, 3, 1));
    journal.sync();
    CHECK(journal.lost() == "");
    const auto file = segments(directory).front();
    const std::string bytes = slurp(file);
    std::filesystem::remove(file);
    if (replaced) spill(file, bytes);
    journal.append(make_group(classes_spec, 3, 2));
    CHECK_THROWS_WITH_AS(journal.sync(), doctest::Contains("was deleted or replaced"), JournalError);
    CHECK_THROWS_AS(journal.append(make_group(classes_spec, 3, 2)), JournalError);
    std::filesystem::remove_all(directory);
    CHECK(journal.lost().find(directory.string()) != std::string::npos);
  }
}

TEST_CASE("journal: a segment that was cut while it was written acknowledges nothing more, and the cut shows later") {
  const TempDirectory temp;
  for (const bool whole : {true, false}) {
    for (const std::size_t count : {std::size_t{3}, std::size_t{9000}}) {  // buffered, and written directly
      const auto directory = temp / (std::string(whole ? "whole" : "a byte") + std::to_string(count));
      {
        Journal journal({directory}, classes_spec, 1);
        journal.append(make_group(classes_spec, 3, 1));
        journal.sync();
        CHECK(journal.lost(true) == "");
        const auto file = segments(directory).front();
        std::filesystem::resize_file(file, whole ? 0 : std::filesystem::file_size(file) - 1);
        CHECK(journal.lost().find(file.string() + ": was cut to ") == 0);
        const auto write = [&] {
          journal.append(make_group(classes_spec, count, 2));
          journal.sync();
        };
        CHECK_THROWS_WITH_AS(write(), doctest::Contains("was cut to "), JournalError);
        CHECK_THROWS_AS(journal.append(make_group(classes_spec, 3, 2)), JournalError);
      }
      CHECK(missing_at_end(directory).find("samples up to 3 were acknowledged") != std::string::npos);
    }
  }
}

TEST_CASE("journal: any segment that is cut or deleted is noticed, one that is trimmed is not missed") {
  const TempDirectory temp;
  Journal journal({temp / "j", small_segment}, classes_spec, 1);
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    journal.append(make_group(classes_spec, 4, seed));
    journal.sync();
  }
  const auto files = segments(temp / "j");
  REQUIRE(files.size() > 4);
  journal.trim(std::stoull(files[1].stem().string()) - 1);
  CHECK_FALSE(std::filesystem::exists(files[0]));
  CHECK(journal.lost(true) == "");
  const std::string bytes = slurp(files[2]);
  std::filesystem::resize_file(files[2], bytes.size() - 1);
  CHECK(journal.lost(true).find(files[2].string() + ": was cut to ") == 0);
  spill(files[2], bytes);
  CHECK(journal.lost(true) == "");
  std::filesystem::remove(files[1]);
  CHECK(journal.lost(true).find(files[1].string() + ": was deleted") == 0);
  std::filesystem::remove(files.back());
  CHECK(journal.lost().find(files.back().string() + ": was deleted") == 0);
}
