#include "adapters/store/journal/journal.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

#include "tests/adapters/store/journal_support.hpp"
#include "tests/adapters/store/temp_directory.hpp"

using namespace altmind;
using namespace altmind::store;
using namespace altmind::test;

namespace {

std::uint64_t bytes_in(const std::filesystem::path& directory) {
  std::uint64_t bytes = 0;
  for (const auto& file : segments(directory)) bytes += std::filesystem::file_size(file);
  return bytes;
}

}  // namespace

TEST_CASE("journal: groups, cuts, boundaries and configurations come back as they went in") {
  for (const SampleSpec& spec : {classes_spec, regression_spec}) {
    const TempDirectory temp;
    const auto directory = temp / "data" / "journal";
    Records written;
    {
      Journal journal({directory}, spec, 1);
      CHECK(journal.last_sequence() == 0);
      CHECK(journal.repairs().empty());
      journal.append_config("{\"rule\":\"am-mem\"}");
      written.push_back(ConfigRecord{0, "{\"rule\":\"am-mem\"}"});
      std::uint64_t last = 0;
      for (const std::size_t count :
           {std::size_t{1}, std::size_t{7}, std::size_t{0}, std::size_t{20'000}, std::size_t{2}}) {
        const Group group = make_group(spec, count, count + 2);
        CHECK(journal.append(group) == last + count);
        written.push_back(GroupRecord{last + 1, group});
        last += count;
      }
      journal.append_cut();
      written.push_back(CutRecord{last});
      journal.append_boundary();
      written.push_back(BoundaryRecord{last});
      journal.append_config("{}");
      written.push_back(ConfigRecord{last, "{}"});
      journal.sync();
      CHECK(journal.last_sequence() == last);
      CHECK(journal.bytes() == bytes_in(directory));
      CHECK(same(collect(directory), written));
    }
    CHECK(same(collect(directory), written));
    Journal again({directory}, spec, 1);
    CHECK(again.last_sequence() == 20'010);
    CHECK(again.repairs().empty());
    CHECK(again.bytes() == bytes_in(directory));
    CHECK(same(collect(directory), written));
  }
}

TEST_CASE("journal: an empty directory begins where the checkpoint ended and has no file until something is written") {
  const TempDirectory temp;
  Journal journal({temp / "j"}, classes_spec, 101);
  CHECK(journal.last_sequence() == 100);
  journal.sync();
  CHECK(segments(temp / "j").empty());
  CHECK(collect(temp / "j").empty());
  CHECK(journal.bytes() == 0);
  CHECK(journal.append(make_group(classes_spec, 3, 1)) == 103);
  journal.sync();
  CHECK(segments(temp / "j").front().filename() == "00000000000000000101.journal");
  CHECK(collect(temp / "j", 100).size() == 1);
  CHECK_THROWS_WITH_AS(collect(temp / "j", 99), doctest::Contains("but sample 100 is needed"), JournalError);
}

TEST_CASE("journal: what was not synced when it is closed is not there") {
  const TempDirectory temp;
  {
    Journal journal({temp / "j"}, classes_spec, 1);
    journal.append(make_group(classes_spec, 3, 1));
    journal.sync();
    journal.append(make_group(classes_spec, 1, 2));
    journal.append(make_group(classes_spec, 30'000, 3));  // large: already in the file
    journal.append_cut();
  }
  CHECK(collect(temp / "j").size() == 1);
  Journal journal({temp / "j"}, classes_spec, 1);
  CHECK(journal.last_sequence() == 3);
  CHECK(journal.repairs().empty());
}

TEST_CASE("journal: numbering continues over openings and segments") {
  const TempDirectory temp;
  Records written;
  std::uint64_t last = 0;
  for (std::uint64_t opening = 0; opening < 6; ++opening) {
    Journal journal({temp / "j", 600}, classes_spec, 1);
    CHECK(journal.last_sequence() == last);
    if (opening == 0) {
      journal.append_config("C");
      written.push_back(ConfigRecord{0, "C"});
    }
    for (std::uint64_t i = 0; i < 5; ++i) {
      const Group group = make_group(classes_spec, 1 + i, 10 * opening + i);
      written.push_back(GroupRecord{last + 1, group});
      last = journal.append(group);
      journal.sync();
    }
    CHECK(journal.bytes() == bytes_in(temp / "j"));
  }
  CHECK(segments(temp / "j").size() > 5);
  CHECK(same(collect(temp / "j"), written));
}

TEST_CASE("journal: reading after a sample gives what concerns later samples and the configuration in force") {
  const TempDirectory temp;
  Journal journal({temp / "j"}, classes_spec, 1);
  journal.append_config("A");
  const Group first = make_group(classes_spec, 4, 1);   // 1..4
  const Group second = make_group(classes_spec, 4, 2);  // 5..8
  const Group empty = make_group(classes_spec, 0, 4);
  const Group third = make_group(classes_spec, 2, 3);  // 9..10
  journal.append(first);
  journal.append_cut();
  journal.append_config("B");
  journal.append(second);
  journal.append(empty);
  journal.append(third);
  journal.append_cut();
  journal.sync();
  const auto directory = temp / "j";
  const Records tail = {GroupRecord{5, second}, GroupRecord{9, empty}, GroupRecord{9, third}, CutRecord{10}};
  Records expected = {ConfigRecord{0, "A"}, GroupRecord{1, first}, CutRecord{4}, ConfigRecord{4, "B"}};
  expected.insert(expected.end(), tail.begin(), tail.end());
  CHECK(same(collect(directory, 0), expected));
  CHECK(same(collect(directory, 3), expected));
  expected.erase(expected.begin() + 1);
  CHECK(same(collect(directory, 4), expected));
  expected = {ConfigRecord{4, "B"}};
  expected.insert(expected.end(), tail.begin(), tail.end());
  CHECK(same(collect(directory, 5), expected));
  CHECK(same(collect(directory, 7), expected));
  expected.erase(expected.begin() + 1);
  CHECK(same(collect(directory, 8), expected));
  CHECK(same(collect(directory, 9), {ConfigRecord{4, "B"}, GroupRecord{9, third}, CutRecord{10}}));
  CHECK(same(collect(directory, 10), {ConfigRecord{4, "B"}, CutRecord{10}}));
  // It ends before sample 11, so the configuration active there is unknown.
  CHECK(collect(directory, 11).empty());
}

TEST_CASE("journal: trimming deletes whole segments and what is left explains itself") {
  const TempDirectory temp;
  const auto directory = temp / "j";
  Records written;
  {
    Journal journal({directory, 400}, classes_spec, 1);
    journal.append_config("in force");
    for (std::uint64_t i = 0; i < 20; ++i) {
      const Group group = make_group(classes_spec, 5, i);
      written.push_back(GroupRecord{journal.last_sequence() + 1, group});
      journal.append(group);
      journal.sync();
    }
    const std::size_t before = segments(directory).size();
    REQUIRE(before > 4);
    journal.trim(4);  // sample 5 of the first group is needed
    CHECK(segments(directory).size() == before);
    journal.trim(52);
    CHECK(segments(directory).size() < before);
    CHECK(journal.bytes() == bytes_in(directory));
    journal.trim(52);
    Records expected(written.begin() + 10, written.end());
    expected.insert(expected.begin(), ConfigRecord{0, "in force"});
    Records found = collect(directory, 52);
    REQUIRE(!found.empty());
    CHECK(std::get<ConfigRecord>(found.front()).json == "in force");
    found.front() = expected.front();  // its beginning is no longer known
    CHECK(same(found, expected));
    CHECK_THROWS_AS(collect(directory, 0), JournalError);

    journal.trim(1'000'000);
    CHECK(segments(directory).size() == 1);
    CHECK(journal.bytes() == bytes_in(directory));
  }
  Journal journal({directory, 400}, classes_spec, 101);
  CHECK(journal.last_sequence() == 100);
  CHECK(journal.repairs().empty());
  CHECK(journal.append(make_group(classes_spec, 1, 99)) == 101);
  journal.sync();
  const Records found = collect(directory, 100);
  REQUIRE(found.size() == 2);
  CHECK(std::get<ConfigRecord>(found[0]).json == "in force");
  CHECK(std::get<GroupRecord>(found[1]).first_sequence == 101);
}

TEST_CASE("journal: a segment is kept for the position of an empty group at its end") {
  const TempDirectory temp;
  Journal journal({temp / "j", 250}, classes_spec, 1);
  journal.append(make_group(classes_spec, 3, 1));
  journal.append(make_group(classes_spec, 0, 4));
  journal.sync();
  while (segments(temp / "j").size() == 1) {
    journal.append(make_group(classes_spec, 3, 7));
    journal.sync();
  }
  const auto first_group_after_empty = journal.last_sequence();
  journal.trim(3);
  CHECK(segments(temp / "j").size() == 2);
  journal.trim(first_group_after_empty);
  CHECK(segments(temp / "j").size() == 1);
}

TEST_CASE("journal: a boundary at a segment's end is read and kept until a checkpoint is beyond it, also reopened") {
  for (const bool reopened : {false, true}) {
    CAPTURE(reopened);
    const TempDirectory temp;
    const JournalOptions options{temp / "j", 250};
    std::optional<Journal> journal(std::in_place, options, classes_spec, 1);
    journal->append(make_group(classes_spec, 3, 1));
    journal->append_boundary();
    journal->sync();
    while (journal->bytes() < options.segment_bytes) journal->append_boundary(), journal->sync();
    if (reopened) {
      journal.reset();  // writes a seal after the boundary
      journal.emplace(options, classes_spec, 1);
    }
    journal->append(make_group(classes_spec, 3, 7));
    journal->sync();
    journal->trim(3);
    REQUIRE(segments(temp / "j").size() == 2);
    const Records found = collect(temp / "j", 3);
    CHECK(std::any_of(found.begin(), found.end(), [](const JournalRecord& record) {
      const auto* boundary = std::get_if<BoundaryRecord>(&record);
      return boundary != nullptr && boundary->after_sequence == 3;
    }));
    journal->trim(4);
    CHECK(segments(temp / "j").size() == 1);
  }
}

TEST_CASE("journal: trimming in another thread does not disturb the writer") {
  const TempDirectory temp;
  const auto directory = temp / "j";
  Journal journal({directory, 2000}, classes_spec, 1);
  journal.append_config("C");
  std::atomic<std::uint64_t> durable{0};
  std::atomic<bool> done{false};
  std::thread trimmer([&] {
    while (!done) {
      const std::uint64_t all = durable;
      journal.trim(all > 50 ? all - 50 : 0);
      durable.wait(all);
    }
  });
  for (std::uint64_t i = 0; i < 400; ++i) {
    journal.append(make_group(classes_spec, 5, i));
    journal.sync();
    durable = journal.last_sequence();
    durable.notify_one();
  }
  done = true;
  ++durable;
  durable.notify_one();
  trimmer.join();
  CHECK(journal.last_sequence() == 2000);
  CHECK(journal.bytes() == bytes_in(directory));
  CHECK(segments(directory).size() > 1);
  CHECK(segments(directory).size() < 20);
  const Records found = collect(directory, 1960);
  REQUIRE(found.size() == 9);
  for (std::size_t i = 1; i < found.size(); ++i) {
    CHECK(same(found[i], GroupRecord{1956 + 5 * i, make_group(classes_spec, 5, 391 + i)}));
  }
}

TEST_CASE("journal: another shape of samples is refused and both are named") {
  const TempDirectory temp;
  {
    Journal journal({temp / "j"}, classes_spec, 1);
    journal.append(make_group(classes_spec, 3, 1));
    journal.sync();
  }
  SampleSpec other = classes_spec;
  other.inputs = 4;
  for (const bool truncate : {false, true}) {
    CHECK_THROWS_WITH_AS(Journal({temp / "j", 1000, truncate}, other, 1),
                         doctest::Contains("classification of 3 inputs into at most 5 classes by name, not for a "
                                           "classification of 4 inputs"),
                         JournalError);
    CHECK_THROWS_AS(Journal({temp / "j", 1000, truncate}, regression_spec, 1), JournalError);
  }
  CHECK(collect(temp / "j").size() == 1);
}

TEST_CASE("journal: a group of another shape is refused and the journal is as before") {
  const TempDirectory temp;
  Journal journal({temp / "j"}, classes_spec, 1);
  journal.append(make_group(classes_spec, 1, 1));
  Group group = make_group(classes_spec, 2, 2);
  const auto refused = [&](auto change) {
    Group wrong = group;
    change(wrong);
    CHECK_THROWS_AS(journal.append(wrong), std::invalid_argument);
  };
  refused([](Group& it) { it.samples.x.pop_back(); });
  refused([](Group& it) { it.samples.label.pop_back(); });
  refused([](Group& it) { it.samples.label[0] = 5; });
  refused([](Group& it) { it.samples.target.push_back(1); });
  refused([](Group& it) { it.introduced = {{2, "beyond"}}; });
  refused([](Group& it) { it.samples.name = {"not", "admitted"}; });
  journal.append(group);
  journal.sync();
  CHECK(journal.last_sequence() == 3);
  CHECK(same(collect(temp / "j"), {GroupRecord{1, make_group(classes_spec, 1, 1)}, GroupRecord{2, group}}));
}

TEST_CASE("journal: one that a checkpoint has overtaken is replaced") {
  const TempDirectory temp;
  {
    Journal journal({temp / "j", 300}, classes_spec, 1);
    journal.append_config("stale");
    for (std::uint64_t i = 0; i < 10; ++i) {
      journal.append(make_group(classes_spec, 3, i));
      journal.sync();
    }
    REQUIRE(segments(temp / "j").size() > 2);
  }
  {
    Journal journal({temp / "j", 300}, classes_spec, 31);  // the checkpoint is exactly at the journal's end
    CHECK(journal.last_sequence() == 30);
    CHECK(journal.repairs().empty());
    CHECK(collect(temp / "j").size() == 11);
  }
  Journal journal({temp / "j", 300}, classes_spec, 51);
  CHECK(journal.last_sequence() == 50);
  CHECK(journal.repairs().find("a new journal begins") != std::string::npos);
  journal.append(make_group(classes_spec, 3, 1));
  journal.sync();
  CHECK(same(collect(temp / "j", 50), {GroupRecord{51, make_group(classes_spec, 3, 1)}}));
}

TEST_CASE("journal: temporary files of a crash are removed, files of others are left") {
  const TempDirectory temp;
  std::filesystem::create_directories(temp / "j");
  spill(temp / "j" / "00000000000000000001.journal.tmp", "half");
  spill(temp / "j" / "notes.txt", "mine");
  Journal journal({temp / "j"}, classes_spec, 1);
  CHECK(segments(temp / "j").size() == 1);
  CHECK(slurp(temp / "j" / "notes.txt") == "mine");
}

TEST_CASE("journal: a moved journal goes on") {
  const TempDirectory temp;
  Journal first({temp / "j"}, classes_spec, 1);
  first.append(make_group(classes_spec, 3, 1));
  Journal second(std::move(first));
  second.append(make_group(classes_spec, 3, 2));
  second.sync();
  CHECK(collect(temp / "j").size() == 2);
}
