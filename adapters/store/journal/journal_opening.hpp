#pragma once
// What is done to the journal before the first append: verify, and mend what may be mended.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "adapters/store/journal/journal.hpp"
#include "adapters/store/journal/journal_scan.hpp"

namespace altmind::store {

/// A journal that is whole.
struct OpenedJournal {
  std::vector<JournalScan::Segment> segments;  ///< oldest first
  std::uint64_t last_sequence = 0;
  std::optional<std::string> config;  ///< in force at the end
  std::string repairs;                ///< what was cut or deleted, as a sentence; empty: nothing
};

/// Creates the directory, removes temporary files, checks every record, cuts a torn tail, cuts at damage if
/// options.truncate_damage, and drops a journal that ends before next_sequence - 1 (a checkpoint has learned
/// all of it and more). Throws JournalError; std::system_error when the directory cannot be changed.
OpenedJournal open_journal(const JournalOptions& options, const SampleSpec& spec, std::uint64_t next_sequence);

}  // namespace altmind::store
