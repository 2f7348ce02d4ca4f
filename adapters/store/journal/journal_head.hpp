#pragma once
// The length of the journal at its last sync, which reveals a truncation of its end. docs/journal.md.

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
  std::uint64_t first_sequence = 0;  ///< of the newest segment
  std::uint64_t bytes = 0;           ///< of the newest segment
  std::uint64_t last_sequence = 0;   ///< number of the last sample
};

/// Returns the file beside the journal's directory: DIRECTORY.head.
std::filesystem::path head_file(const std::filesystem::path& journal);
/// Returns nullopt if there is none (an older journal, a copy of the segments alone) or it cannot be trusted.
std::optional<JournalHead> read_head(const std::filesystem::path& journal);
/// Must be called before segments are shortened or deleted on purpose. Durable.
void remove_head(const std::filesystem::path& journal);
/// Returns why the newest segment is not what the head says it was, as a sentence; empty if it is, or there is no head.
/// Checks sizes only. Throws JournalError.
std::string missing_at_end(const std::filesystem::path& journal);

/// The damage of a journal that has a head and no segment at all.
class JournalDamage;
JournalDamage all_missing(const std::filesystem::path& journal, const JournalHead& head);

/// Writes the head: in place after each sync of the journal, at the cost of a pwrite, and synced to disk from time to
/// time. After a power failure it may be older than the journal, never newer.
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
