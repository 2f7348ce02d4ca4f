#include "adapters/store/journal/journal_scan.hpp"

#include <string_view>
#include <utility>

namespace altmind::store {

JournalScan::JournalScan(std::vector<SegmentFile> files, std::optional<SampleSpec> spec,
                         std::optional<JournalHead> head)
    : files_(std::move(files)), spec_(std::move(spec)), head_(head) {
  if (!files_.empty()) last_sequence_ = files_.front().first_sequence - 1;
}

std::optional<RecordView> JournalScan::next() {
  for (;;) {
    if (!reader_) {
      if (segments_.size() == files_.size()) {
        check_end();
        return std::nullopt;
      }
      open_next();
    }
    const auto record = reader_->next();
    Segment& segment = segments_.back();
    segment.bytes = reader_->end();
    segment.needed_until = reader_->needed_until();
    segment.torn_bytes = reader_->torn_bytes();
    last_sequence_ = reader_->last_sequence();
    if (!record) {
      reader_.reset();
    } else if (!repeats(*record)) {
      return record;
    }
  }
}

void JournalScan::open_next() {
  const SegmentFile& file = files_[segments_.size()];
  if (file.first_sequence != last_sequence_ + 1) {
    const bool gap = file.first_sequence > last_sequence_;
    throw JournalDamage(file.path, 0,
                        "the segment before it ends at sample " + std::to_string(last_sequence_) +
                            (gap ? ", so a segment or the end of one is missing" : ", so the two overlap"));
  }
  SegmentReader reader(file, segments_.size() + 1 == files_.size());
  if (reader.end() > 0) {  // else it is torn within its header
    const SampleSpec& found = reader.header().spec;
    if (!spec_) spec_ = found;
    if (!same_shape(*spec_, found)) {
      throw JournalError(file.path.string() + ": holds samples for a " + describe(found) + ", not for a " +
                         describe(*spec_));
    }
  }
  const bool same = reader.end() == 0 || (head_ && reader.header().id == head_->segment_id);
  if (head_ && file.first_sequence == head_->first_sequence && same) reader.promise(*head_);
  segments_.push_back({file, reader.end(), reader.needed_until(), reader.torn_bytes()});
  reader_.emplace(std::move(reader));
}

/// Detects that a whole segment is missing, or was replaced by another one.
void JournalScan::check_end() const {
  if (!head_ || files_.empty() || last_sequence_ >= head_->last_sequence) return;
  throw JournalDamage(files_.back().path, segments_.back().bytes,
                      "the journal ends here, but samples " + std::to_string(last_sequence_ + 1) + " to " +
                          std::to_string(head_->last_sequence) +
                          ", which may have been acknowledged, were on the disk and are missing");
}

bool JournalScan::repeats(const RecordView& record) {
  if (record.type != RecordType::config && record.type != RecordType::carried) return false;
  const std::string_view text(reinterpret_cast<const char*>(record.payload.data()), record.payload.size());
  if (record.type == RecordType::carried && config_) {
    if (text == *config_) return true;
    throw JournalDamage(segments_.back().file.path, segment_header_bytes,
                        "the configuration it begins with is not the one that was in force");
  }
  config_ = text;
  return false;
}

}  // namespace altmind::store
