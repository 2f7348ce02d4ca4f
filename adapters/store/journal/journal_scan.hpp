#pragma once
// Reads all segments of a journal as one sequence of records.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "adapters/store/journal/journal_head.hpp"
#include "adapters/store/journal/segment_reader.hpp"

namespace altmind::store {

/// Reads segments one after the other and checks that they belong together.
class JournalScan {
 public:
  struct Segment {
    SegmentFile file;
    std::uint64_t bytes = 0;         ///< of header and good records
    std::uint64_t needed_until = 0;  ///< highest sequence number that a record concerns
    std::uint64_t torn_bytes = 0;    ///< after them; only in the newest
  };

  /// `spec`: of the model; nullopt: that of the first segment. `head`: read before the files were listed; everything
  /// that it promises must be there.
  JournalScan(std::vector<SegmentFile> files, std::optional<SampleSpec> spec, std::optional<JournalHead> head);

  /// Returns the next record, skipping carried configurations that only repeat. Throws JournalDamage, JournalError.
  std::optional<RecordView> next();

  const std::vector<Segment>& segments() const { return segments_; }  ///< read so far, the last one maybe partially
  std::uint64_t last_sequence() const { return last_sequence_; }
  const std::optional<std::string>& config() const { return config_; }  ///< in force after the last record

 private:
  void open_next();
  void check_end() const;
  bool repeats(const RecordView& record);

  std::vector<SegmentFile> files_;
  std::optional<SampleSpec> spec_;
  std::optional<JournalHead> head_;
  std::vector<Segment> segments_;
  std::optional<SegmentReader> reader_;
  std::uint64_t last_sequence_ = 0;
  std::optional<std::string> config_;
};

}  // namespace altmind::store
