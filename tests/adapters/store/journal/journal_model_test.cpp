#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "adapters/store/journal/journal.hpp"
#include "tests/adapters/store/journal_support.hpp"
#include "tests/adapters/store/temp_directory.hpp"

using namespace altmind;
using namespace altmind::store;
using namespace altmind::test;

namespace {

std::uint64_t sequence_of(const JournalRecord& record) {
  if (const auto* cut = std::get_if<CutRecord>(&record)) return cut->after_sequence;
  if (const auto* config = std::get_if<ConfigRecord>(&record)) return config->after_sequence;
  if (const auto* boundary = std::get_if<BoundaryRecord>(&record)) return boundary->after_sequence;
  return std::get<GroupRecord>(record).first_sequence;
}

/// Returns what read_journal must return, given the list of everything ever written.
Records expected_after(const Records& all, std::uint64_t after) {
  Records wanted;
  std::optional<JournalRecord> before;
  for (const JournalRecord& record : all) {
    bool concerns = sequence_of(record) >= after;
    if (const auto* group = std::get_if<GroupRecord>(&record)) {
      const std::uint64_t count = group->group.samples.count;
      concerns = count == 0 ? group->first_sequence > after : group->first_sequence + count - 1 > after;
    }
    if (concerns) {
      wanted.push_back(record);
    } else if (std::holds_alternative<ConfigRecord>(record)) {
      before = record;
    }
  }
  if (before) wanted.insert(wanted.begin(), *before);
  return wanted;
}

/// Removes what trimming may forget: where the active configuration began, and records that end exactly at the edge.
Records without_edge(const Records& records, std::uint64_t after) {
  Records kept;
  std::string config;
  bool inside = false;
  for (const JournalRecord& record : records) {
    const auto* is_config = std::get_if<ConfigRecord>(&record);
    if (!inside && is_config != nullptr && is_config->after_sequence <= after) {
      config = is_config->json;
    } else if (!std::holds_alternative<CutRecord>(record) || sequence_of(record) > after) {
      if (!inside) kept.emplace_back(ConfigRecord{0, config});
      inside = true;
      kept.push_back(record);
    }
  }
  return kept;
}

/// True if `found` lacks this configuration. A configuration missing at the edge does not show after without_edge().
bool lacks_config(const Records& found, const JournalRecord& record) {
  const auto* wanted = std::get_if<ConfigRecord>(&record);
  return wanted != nullptr && std::none_of(found.begin(), found.end(), [&](const JournalRecord& it) {
           const auto* config = std::get_if<ConfigRecord>(&it);
           return config != nullptr && config->json == wanted->json;
         });
}

/// A journal, and a list that remembers everything written to it.
class Model {
 public:
  Model(const SampleSpec& spec, std::uint64_t seed) : spec_(spec), random_(seed) { reopen(); }

  void step() {
    switch (random_() % 17) {
      case 0:
        journal_->append_cut();
        waiting_.emplace_back(CutRecord{last_});
        break;
      case 1: {
        const std::string json = "{\"n\": " + std::to_string(random_() % 1000) + "}";
        journal_->append_config(json);
        waiting_.emplace_back(ConfigRecord{last_, json});
        break;
      }
      case 2:
        reopen();
        break;
      case 3:
        crash();
        break;
      case 4: {
        const std::uint64_t upto = last_ == 0 ? 0 : random_() % last_;
        const std::uint64_t learned = std::min(upto, synced_last_);
        journal_->trim(learned);
        trimmed_ = std::max(trimmed_, learned);
        break;
      }
      case 5:
      case 6:
      case 7:
        sync();
        break;
      case 8:
        append(random_() % 6000);
        break;
      case 9:
        journal_->append_boundary();
        waiting_.emplace_back(BoundaryRecord{last_});
        break;
      default:
        append(random_() % 6);
    }
  }

  void check() {
    sync();
    CHECK(journal_->last_sequence() == last_);
    std::uint64_t on_disk = 0;
    for (const auto& file : segments(directory_)) on_disk += std::filesystem::file_size(file);
    CHECK(journal_->bytes() == on_disk);
    for (int i = 0; i < 3; ++i) {
      const std::uint64_t after = i == 0 ? trimmed_ : trimmed_ + random_() % (last_ - trimmed_ + 1);
      CAPTURE(after);
      const Records found = collect(directory_, after);
      const Records expected = expected_after(durable_, after);
      CHECK(same(comparable(found, after), comparable(expected, after)));
    }
  }

 private:
  void append(std::size_t count) {
    const Group group = make_group(spec_, count, random_());
    waiting_.emplace_back(GroupRecord{last_ + 1, group});
    last_ += count;
    CHECK(journal_->append(group) == last_);
  }

  void sync() {
    journal_->sync();
    durable_.insert(durable_.end(), waiting_.begin(), waiting_.end());
    waiting_.clear();
    synced_last_ = last_;
  }

  void reopen() {
    journal_.reset();
    waiting_.clear();
    last_ = synced_last_;
    journal_ = std::make_unique<Journal>(JournalOptions{directory_, segment_bytes_}, spec_, 1);
    CHECK(journal_->repairs().empty());
    CHECK(journal_->last_sequence() == last_);
  }

  /// Simulates the death of the process: data handed to the kernel survives, except perhaps its last bytes.
  void crash() {
    const auto copy = temp_ / ("crash-" + std::to_string(++crashes_));
    copy_as_crashed(directory_, copy);
    journal_.reset();
    std::filesystem::remove_all(directory_);
    directory_ = copy;
    journal_ = std::make_unique<Journal>(JournalOptions{directory_, segment_bytes_}, spec_, 1);
    // Any prefix of the waiting records may have survived.
    last_ = journal_->last_sequence();
    const Records found = collect(directory_, trimmed_);
    while (!waiting_.empty()) {
      Records longer = durable_;
      longer.push_back(waiting_.front());
      const Records expected = comparable(expected_after(longer, trimmed_), trimmed_);
      if (!is_prefix(expected, comparable(found, trimmed_)) || lacks_config(found, waiting_.front())) break;
      durable_ = std::move(longer);
      waiting_.erase(waiting_.begin());
    }
    waiting_.clear();
    synced_last_ = last_;
    CHECK(same(comparable(found, trimmed_), comparable(expected_after(durable_, trimmed_), trimmed_)));
  }

  Records comparable(const Records& records, std::uint64_t after) const {
    if (trimmed_ > 0) return without_edge(records, after);
    Records whole = records;
    // Where the active configuration began is unknown if a later segment repeats it.
    auto* const config = whole.empty() ? nullptr : std::get_if<ConfigRecord>(&whole.front());
    if (config != nullptr && config->after_sequence < after) config->after_sequence = 0;
    return whole;
  }

  SampleSpec spec_;
  std::mt19937_64 random_;
  TempDirectory temp_;
  std::filesystem::path directory_ = temp_ / "j";
  std::uint64_t segment_bytes_ = 20'000;
  std::unique_ptr<Journal> journal_;
  Records durable_;
  Records waiting_;
  std::uint64_t last_ = 0;
  std::uint64_t synced_last_ = 0;
  std::uint64_t trimmed_ = 0;
  int crashes_ = 0;
};

}  // namespace

TEST_CASE("journal model: whatever is done in whatever order, it holds what a list in memory holds") {
  for (std::uint64_t seed = 1; seed <= 16; ++seed) {
    CAPTURE(seed);
    Model model(seed % 2 == 0 ? classes_spec : regression_spec, seed);
    for (int round = 0; round < 12; ++round) {
      for (int i = 0; i < 8; ++i) model.step();
      model.check();
    }
  }
}
