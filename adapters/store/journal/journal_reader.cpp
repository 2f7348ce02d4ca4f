#include <string_view>
#include <utility>

#include "adapters/store/journal/journal.hpp"
#include "adapters/store/journal/journal_scan.hpp"

namespace altmind::store {
namespace {

bool concerns(const RecordView& record, std::uint64_t after) {
  switch (record.type) {
    case RecordType::group:
    case RecordType::byte_group:
    case RecordType::precise_group:
      // A group without samples stands before the sample that its sequence names.
      return record.sequence + record.group.count > after + 1 || (record.group.count == 0 && record.sequence > after);
    case RecordType::cut:
    case RecordType::boundary:
    case RecordType::config:
    case RecordType::carried:
      return record.sequence >= after;
    case RecordType::seal:
      return false;
  }
  return false;
}

JournalRecord to_record(const RecordView& record) {
  if (is_group(record.type)) return GroupRecord{record.sequence, to_group(record.group)};
  if (record.type == RecordType::cut) return CutRecord{record.sequence};
  if (record.type == RecordType::boundary) return BoundaryRecord{record.sequence};
  return ConfigRecord{record.sequence,
                      std::string(reinterpret_cast<const char*>(record.payload.data()), record.payload.size())};
}

}  // namespace

void read_journal(const std::filesystem::path& directory, std::uint64_t after,
                  const std::function<void(JournalRecord&&)>& visit) {
  std::optional<JournalHead> head = read_head(directory);  // read before the segments, which only grow
  if (head && head->last_sequence <= after) head.reset();  // nothing that it refers to is needed
  std::vector<SegmentFile> files = list_segments(directory);
  if (files.empty()) {
    if (head) throw all_missing(directory, *head);
    return;
  }
  if (files.front().first_sequence > after + 1) {
    throw JournalError(files.front().path.string() + ": the journal begins with sample " +
                       std::to_string(files.front().first_sequence) + ", but sample " + std::to_string(after + 1) +
                       " is needed");
  }
  // The segment that holds sample `after` may end with records that concern the next one.
  std::size_t begin = 0;
  while (begin + 1 < files.size() && files[begin + 1].first_sequence <= after) ++begin;
  files.erase(files.begin(), files.begin() + static_cast<std::ptrdiff_t>(begin));

  JournalScan scan(std::move(files), std::nullopt, head);
  std::optional<JournalRecord> config_before;
  while (const auto record = scan.next()) {
    if (concerns(*record, after)) {
      if (config_before) visit(std::move(*config_before));
      config_before.reset();
      visit(to_record(*record));
    } else if (record->type == RecordType::config || record->type == RecordType::carried) {
      config_before = to_record(*record);
    }
  }
  // A journal that ends before `after` does not know the configuration in force there.
  if (config_before && scan.last_sequence() >= after) visit(std::move(*config_before));
}

}  // namespace altmind::store
