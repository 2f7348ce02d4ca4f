#pragma once
// Shared by the journal's tests: groups to write, records to compare, files to damage.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "adapters/store/journal/journal.hpp"

namespace altmind::test {

inline const SampleSpec classes_spec{Task::classification, LabelKind::named, 3, 5};
inline const SampleSpec regression_spec{Task::regression, LabelKind::index, 2, 4};

/// Returns a group of `count` samples that depends on `seed`; for every third seed all features are bytes.
inline Group make_group(const SampleSpec& spec, std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<float> value(-5.0f, 5.0f);
  Group group;
  group.samples.count = count;
  for (std::size_t i = 0; i < count * spec.inputs; ++i) {
    const float x = value(random);
    group.samples.x.push_back(seed % 3 == 1 ? std::round(127.5f + 25.5f * x) : x);
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (spec.task == Task::classification) {
      group.samples.label.push_back(static_cast<std::uint32_t>(random() % spec.outputs));
    } else {
      for (std::size_t j = 0; j < spec.outputs; ++j) group.samples.target.push_back(value(random));
    }
  }
  const std::string number = std::to_string(seed);
  group.origin.source = seed % 2 == 0 ? "http" : "tcp";
  if (seed % 3 != 0) {
    group.origin.stream = "stream " + number;
    group.origin.position = std::string("at\0", 3) + number;
  }
  if (seed % 4 == 1) {
    group.origin.key = "key-" + number;
    group.origin.body_hash = random();
  }
  if (count > 0 && seed % 5 == 2) group.introduced = {{0, "first"}, {count - 1, "class \xC3\xA9 " + number}};
  if (count > 0 && seed % 7 < 3) group.categories = {{0, {1, "red"}}, {count - 1, {0, "category \xC3\xA9 " + number}}};
  return group;
}

inline bool same(const store::JournalRecord& a, const store::JournalRecord& b) {
  if (a.index() != b.index()) return false;
  if (const auto* cut = std::get_if<store::CutRecord>(&a))
    return cut->after_sequence == std::get<store::CutRecord>(b).after_sequence;
  if (const auto* config = std::get_if<store::ConfigRecord>(&a)) {
    const auto& other = std::get<store::ConfigRecord>(b);
    return config->after_sequence == other.after_sequence && config->json == other.json;
  }
  if (const auto* boundary = std::get_if<store::BoundaryRecord>(&a)) {
    return boundary->after_sequence == std::get<store::BoundaryRecord>(b).after_sequence;
  }
  const auto& [first, group] = std::get<store::GroupRecord>(a);
  const auto& [other_first, other] = std::get<store::GroupRecord>(b);
  const Origin& mine = group.origin;
  const Origin& its = other.origin;
  return first == other_first && group.samples == other.samples && group.introduced == other.introduced &&
         group.categories == other.categories && mine.source == its.source && mine.stream == its.stream &&
         mine.position == its.position && mine.key == its.key && mine.body_hash == its.body_hash;
}

using Records = std::vector<store::JournalRecord>;

inline bool same(const Records& a, const Records& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!same(a[i], b[i])) return false;
  }
  return true;
}

inline bool is_prefix(const Records& a, const Records& whole) {
  return a.size() <= whole.size() && same(a, Records(whole.begin(), whole.begin() + static_cast<long>(a.size())));
}

inline Records collect(const std::filesystem::path& directory, std::uint64_t after = 0) {
  Records records;
  store::read_journal(directory, after, [&](store::JournalRecord&& record) { records.push_back(std::move(record)); });
  return records;
}

inline std::vector<std::filesystem::path> segments(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

inline std::string slurp(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline void spill(const std::filesystem::path& file, const std::string& bytes) {
  std::filesystem::remove(file);  // ext4 flushes a file that is truncated and written again
  std::ofstream out(file, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

/// Copies what a crash leaves: the files as they are now, without a clean end.
inline void copy_as_crashed(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::filesystem::remove_all(to);
  std::filesystem::remove(to.string() +
                          ".head");  // as a power failure may lose it: nothing records how far it was synced
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
}

}  // namespace altmind::test
