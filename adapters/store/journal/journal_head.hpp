#pragma once
// How far the journal was on the disk when it was last synced: what a cut at its end shows by. docs/journal.md.

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "adapters/store/posix_file.hpp"

namespace altmind::store {

/// All of this was durable, and may have been acknowledged.
struct JournalHead {
  std::uint64_t segment_id = 0;      ///< of the newest segment
  std::uint64_t first_sequence = 0;  ///< likewise
  std::uint64_t bytes = 0;           ///< of it
  std::uint64_t last_sequence = 0;   ///< number of the last sample
};

/// The file beside the journal's directory: DIRECTORY.head.
std::filesystem::path head_file(const std::filesystem::path& journal);
/// Nothing where there is none (an older journal, a copy of the segments alone) or it cannot be trusted.
std::optional<JournalHead> read_head(const std::filesystem::path& journal);
/// Before segments are shortened or deleted on purpose. Durable.
void remove_head(const std::filesystem::path& journal);
/// Why the newest segment is not what the head says it was, as a sentence; empty: it is, or there is no head.
/// Looks at sizes alone. Throws JournalError.
std::string missing_at_end(const std::filesystem::path& journal);

/// There is a head and no segment at all.
class JournalDamage;
JournalDamage all_missing(const std::filesystem::path& journal, const JournalHead& head);

/// Keeps the head: overwritten in place after each sync of the journal, at the cost of a pwrite, and brought to the
/// disk now and then. After a power failure it may be older than the journal, never newer.
class HeadWriter {
 public:
  HeadWriter() = default;
  explicit HeadWriter(const std::filesystem::path& journal);  ///< creates the file

  void write(const JournalHead& head);  ///< the journal's thread; throws std::system_error
  void sync();                          ///< any thread; throws std::system_error

 private:
  PosixFile file_;
  std::atomic<bool> dirty_ = false;
};

}  // namespace altmind::store
