#pragma once
// Append-only segments of groups, cuts, boundaries and learning configurations. Grammar: docs/journal.md.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <variant>

#include "core/samples/sample_sink.hpp"

namespace altmind::store {

struct JournalOptions {
  std::filesystem::path directory;            ///< created if missing
  std::uint64_t segment_bytes = 64ull << 20;  ///< a new segment begins beyond this, after a sync
  bool truncate_damage = false;               ///< --truncate-journal: cut at a damaged record instead of refusing
};

/// A damaged record before the end, a foreign file, or an I/O failure. what() names file and offset.
class JournalError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The disk is full, and nothing else is wrong: what was appended since the last sync is rolled back, and the journal
/// continues as if it had not been tried.
class JournalFull : public JournalError {
  using JournalError::JournalError;
};

/// Samples first_sequence .. first_sequence + samples.count - 1, durable together.
struct GroupRecord {
  std::uint64_t first_sequence = 0;
  Group group;
};
/// The batch ends after this sample. Only cuts that do not follow from batch_size are written.
struct CutRecord {
  std::uint64_t after_sequence = 0;
};
/// The learning configuration from here on, as JSON.
struct ConfigRecord {
  std::uint64_t after_sequence = 0;
  std::string json;
};
/// The batch ends after this sample, and so does a task: an operator announced it.
struct BoundaryRecord {
  std::uint64_t after_sequence = 0;
};
using JournalRecord = std::variant<GroupRecord, CutRecord, ConfigRecord, BoundaryRecord>;

/// Owned by one thread (the writer) except bytes() and trim(), which are thread-safe.
/// append_* buffer; nothing is promised before sync() returns. A write for which there is no room throws JournalFull.
/// Any other failed write and any failed fsync throws, and the journal then refuses further work: after a failed fsync
/// the kernel may have dropped the pages.
class Journal {
 public:
  /// Verifies existing segments, truncates a torn tail, and continues after the last sample. `next_sequence` is where
  /// numbering begins if the directory holds no segment (a checkpoint's sequence + 1, else 1). A journal that ends
  /// before next_sequence - 1 holds nothing that the checkpoint lacks: it is deleted and numbering begins at
  /// next_sequence. Throws JournalError.
  Journal(JournalOptions options, const SampleSpec& spec, std::uint64_t next_sequence);
  ~Journal();
  Journal(Journal&&) noexcept;

  /// Numbers the samples and returns the last number. The group must have the shape of `spec`, labels as indices; else
  /// throws std::invalid_argument and leaves the journal unchanged.
  std::uint64_t append(const Group& group);
  void append_cut();       ///< after the last appended sample
  void append_boundary();  ///< likewise
  void append_config(const std::string& json);
  void sync();  ///< writes what is buffered, one fdatasync, and notes the durable length in the head
  /// After JournalFull: checks for room for 1 MiB by writing and syncing a record without meaning. Throws JournalFull.
  void try_again();
  /// Syncs the head to disk; should be called about once a second. Thread-safe.
  void sync_head();

  std::uint64_t last_sequence() const;
  std::uint64_t bytes() const;  ///< of all segments on disk
  /// What opening truncated or deleted, as sentences for the log; empty if nothing.
  const std::string& repairs() const;
  /// Returns why the journal is not where it was or not complete, as a sentence; empty if it is. Checks its directory
  /// and the newest segment, `thoroughly` every segment. Thread-safe.
  std::string lost(bool thoroughly = false) const;

  /// Deletes whole segments whose samples are all <= sequence. Keeps the newest segment.
  void trim(std::uint64_t sequence);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Visits, in order, every record that concerns samples after `after`: groups that reach beyond it (whole;
/// the caller drops the samples it has), cuts, boundaries and configurations at or beyond it, and the last
/// configuration before it (first). Reads only; a torn tail ends the visit. Throws JournalError on damage, on
/// a missing segment, and if the first segment begins after `after` + 1.
void read_journal(const std::filesystem::path& directory, std::uint64_t after,
                  const std::function<void(JournalRecord&&)>& visit);

}  // namespace altmind::store
