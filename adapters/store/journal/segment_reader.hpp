#pragma once
// Reads one segment of the journal, record by record, and checks every byte.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "adapters/store/journal/journal.hpp"
#include "adapters/store/journal/journal_format.hpp"
#include "adapters/store/journal/journal_head.hpp"
#include "adapters/store/posix_file.hpp"

namespace altmind::store {

/// The journal is damaged from `offset` of `file` on; truncating it there (at 0: without that file) would repair it.
class JournalDamage : public JournalError {
 public:
  JournalDamage(const std::filesystem::path& damaged, std::uint64_t at, const std::string& what);

  std::filesystem::path file;
  std::uint64_t offset;
};

/// A file named like a segment.
struct SegmentFile {
  std::filesystem::path path;
  std::uint64_t first_sequence = 0;  ///< from its name
};

/// Returns the segments of `directory`, oldest first. A missing directory has none.
std::vector<SegmentFile> list_segments(const std::filesystem::path& directory);

struct RecordView {
  RecordType type = RecordType::seal;
  std::uint64_t sequence = 0;
  std::span<const std::byte> payload;  ///< valid until the next record is read
  GroupView group;                     ///< of a group, into payload
};

/// Reads a segment from its beginning. Memory: one record, at least 1 MiB.
class SegmentReader {
 public:
  /// Reads the header. `newest`: a bad record may be torn. Throws JournalDamage, JournalError.
  SegmentReader(const SegmentFile& file, bool newest);

  /// Says that this segment is the one that `head` refers to: an earlier end is damage. Call before next().
  void promise(const JournalHead& head);

  /// Returns the next record; nullopt at the end or where the segment is torn. Throws JournalDamage, JournalError.
  std::optional<RecordView> next();

  const SegmentFile& file() const { return file_; }
  const SegmentHeader& header() const { return header_; }         ///< invalid if torn at 0
  std::uint64_t end() const { return end_; }                      ///< offset after the last good record
  std::uint64_t torn_bytes() const { return torn_bytes_; }        ///< after end()
  std::uint64_t last_sequence() const { return last_sequence_; }  ///< of the samples so far
  std::uint64_t needed_until() const { return needed_until_; }    ///< highest sequence number that a record concerns

 private:
  std::optional<std::span<const std::byte>> fetch(std::uint64_t offset, std::uint64_t length);
  std::optional<RecordView> bad(const std::string& what);
  void check(const RecordHeader& header, RecordView& record);
  bool known_durable_beyond(std::uint64_t offset);
  std::string lost_samples() const;
  [[noreturn]] void damaged(const std::string& what) const;

  SegmentFile file_;
  bool newest_;
  PosixFile in_;
  std::uint64_t size_;
  SegmentHeader header_;
  std::uint64_t end_ = 0;
  std::uint64_t torn_bytes_ = 0;
  std::uint64_t promised_bytes_ = 0;
  std::uint64_t promised_sequence_ = 0;
  std::uint64_t last_sequence_ = 0;
  std::uint64_t needed_until_ = 0;
  std::vector<std::byte> window_;  ///< holds the file from window_at_ on
  std::uint64_t window_at_ = 0;
};

}  // namespace altmind::store
