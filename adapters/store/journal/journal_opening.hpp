#pragma once
// Verifies the journal and repairs what can be repaired, before the first append.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "adapters/store/journal/journal.hpp"
#include "adapters/store/journal/journal_scan.hpp"

namespace altmind::store {

/// An intact journal.
struct OpenedJournal {
  std::vector<JournalScan::Segment> segments;  ///< oldest first
  std::uint64_t last_sequence = 0;
  std::optional<std::string> config;  ///< in force at the end
  std::string repairs;                ///< what was truncated or deleted, as a sentence; empty if nothing
};

/// Creates the directory, removes temporary files, checks every record, truncates a torn tail, truncates at damage if
/// options.truncate_damage, and deletes a journal that ends before next_sequence - 1 (a checkpoint has learned all of
/// it and more). Throws JournalError; std::system_error if the directory cannot be changed.
OpenedJournal open_journal(const JournalOptions& options, const SampleSpec& spec, std::uint64_t next_sequence);

}  // namespace altmind::store
