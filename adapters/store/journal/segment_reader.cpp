#include "adapters/store/journal/segment_reader.hpp"

#include <fcntl.h>

#include <algorithm>
#include <limits>
#include <system_error>

#include "adapters/store/journal/crc32c.hpp"

namespace altmind::store {
namespace {

constexpr std::size_t window_bytes = 1 << 20;

/// Runs `work`; turns std::system_error into JournalError.
template <typename Work>
auto or_journal_error(const Work& work) {
  try {
    return work();
  } catch (const std::system_error& error) {
    throw JournalError(error.what());
  }
}

}  // namespace

JournalDamage::JournalDamage(const std::filesystem::path& damaged, std::uint64_t at, const std::string& what)
    : JournalError(damaged.string() + ": damaged at byte " + std::to_string(at) + ": " + what +
                   "; --truncate-journal cuts the journal here and loses all samples from here on"),
      file(damaged),
      offset(at) {}

std::vector<SegmentFile> list_segments(const std::filesystem::path& directory) {
  std::vector<SegmentFile> found;
  std::error_code error;
  std::filesystem::directory_iterator entries(directory, error);
  if (error == std::errc::no_such_file_or_directory) return found;
  if (error) throw JournalError(directory.string() + ": cannot list the journal: " + error.message());
  for (; entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    const std::filesystem::path& path = entries->path();
    if (path.extension() != ".journal") continue;  // temporary files of a crash, an operator's notes
    const std::string stem = path.stem().string();
    SegmentFile file{path, 0};
    bool number = stem.size() == 20;
    for (const char digit : stem) {
      const auto value = static_cast<std::uint64_t>(digit - '0');
      number = number && digit >= '0' && digit <= '9' &&
               file.first_sequence <= (std::numeric_limits<std::uint64_t>::max() - value) / 10;
      if (!number) break;
      file.first_sequence = 10 * file.first_sequence + value;
    }
    if (!number || file.first_sequence == 0) {
      throw JournalError(path.string() + ": a segment of the journal is named by 20 digits and .journal; move it away");
    }
    found.push_back(std::move(file));
  }
  if (error) throw JournalError(directory.string() + ": cannot list the journal: " + error.message());
  std::sort(found.begin(), found.end(),
            [](const SegmentFile& a, const SegmentFile& b) { return a.first_sequence < b.first_sequence; });
  return found;
}

SegmentReader::SegmentReader(const SegmentFile& file, bool newest)
    : file_(file),
      newest_(newest),
      in_(or_journal_error([&] { return PosixFile(file.path, O_RDONLY); })),
      size_(or_journal_error([&] { return in_.size(); })),
      last_sequence_(file.first_sequence - 1),
      needed_until_(last_sequence_) {
  if (size_ < segment_header_bytes) {
    const auto bytes = fetch(0, std::min<std::uint64_t>(size_, segment_magic.size()));
    const bool ours = std::equal(bytes->begin(), bytes->end(), std::as_bytes(std::span(segment_magic)).begin());
    if (!newest_ || !ours) damaged("is shorter than a segment's header");
    torn_bytes_ = size_;
    return;
  }
  try {
    header_ = decode_segment_header(*fetch(0, segment_header_bytes));
  } catch (const NewerVersion& error) {
    throw JournalError(file_.path.string() + ": " + error.what());
  } catch (const FormatError& error) {
    damaged(error.what());
  }
  if (header_.first_sequence != file_.first_sequence) {
    damaged("its name and its header disagree about the first sample, " + std::to_string(header_.first_sequence));
  }
  end_ = segment_header_bytes;
}

std::optional<std::span<const std::byte>> SegmentReader::fetch(std::uint64_t offset, std::uint64_t length) {
  if (length > size_ - offset) return std::nullopt;
  if (offset < window_at_ || offset + length > window_at_ + window_.size()) {
    // Bounded: the file is at least that long.
    window_.resize(static_cast<std::size_t>(std::min(size_ - offset, std::max<std::uint64_t>(length, window_bytes))));
    window_at_ = offset;
    const std::size_t got = or_journal_error([&] { return in_.read_at(offset, window_); });
    if (got < window_.size()) throw JournalError(file_.path.string() + ": became shorter while it was read");
  }
  return std::span<const std::byte>(window_).subspan(static_cast<std::size_t>(offset - window_at_),
                                                     static_cast<std::size_t>(length));
}

std::optional<RecordView> SegmentReader::next() {
  if (torn_bytes_ > 0) return std::nullopt;
  if (end_ == size_) {
    if (end_ < promised_bytes_) {
      damaged("the file ends here, but " + std::to_string(promised_bytes_) + " bytes of it were on the disk" +
              lost_samples());
    }
    return std::nullopt;
  }
  const auto head = fetch(end_, record_header_bytes);
  if (!head) return bad("the file ends within a record");
  const auto header = decode_record_header(*head, header_.id);
  if (!header) return bad("the checksum of a record's header is wrong");
  if (header->length > size_ - end_ - record_header_bytes) return bad("the file ends within a record");
  const auto payload = fetch(end_ + record_header_bytes, header->length);
  Crc32c crc;
  crc.update(*payload);
  if (crc.value() != header->payload_crc) return bad("the checksum of a record is wrong");

  RecordView record{header->type, header->sequence, *payload, {}};
  check(*header, record);
  end_ += record_header_bytes + header->length;
  return record;
}

void SegmentReader::check(const RecordHeader& header, RecordView& record) {
  if (header.durable > end_) damaged("a record claims to know that bytes behind it are on the disk");
  const std::uint64_t expected = is_group(header.type) ? last_sequence_ + 1 : last_sequence_;
  if (header.sequence != expected) {
    damaged("a record has sequence " + std::to_string(header.sequence) + " where " + std::to_string(expected) +
            " should follow");
  }
  switch (header.type) {
    case RecordType::group:
    case RecordType::byte_group:
    case RecordType::precise_group:
      try {
        record.group = view_group(record.type, record.payload, header_.spec);
      } catch (const FormatError& error) {
        damaged(std::string("a group makes no sense: ") + error.what());
      }
      if (record.group.count > std::numeric_limits<std::uint64_t>::max() - 1 - last_sequence_) {
        damaged("a group makes no sense: its samples cannot be numbered");
      }
      last_sequence_ += record.group.count;
      needed_until_ = std::max(last_sequence_, header.sequence);
      return;
    case RecordType::carried:
      if (end_ != segment_header_bytes) damaged("a carried configuration is not its segment's first record");
      return;
    case RecordType::config:
      return;
    case RecordType::boundary:
      needed_until_ = last_sequence_ + 1;
      [[fallthrough]];
    case RecordType::cut:
    case RecordType::seal:
      if (header.length != 0) damaged("a record that has no content has " + std::to_string(header.length) + " bytes");
      return;
  }
  damaged("a record has type " + std::to_string(static_cast<std::uint32_t>(header.type)) + ", which is not known");
}

std::optional<RecordView> SegmentReader::bad(const std::string& what) {
  if (!newest_) damaged(what + " (a later segment proves that this one was complete)");
  if (end_ < promised_bytes_) {
    damaged(what + ", but " + std::to_string(promised_bytes_) + " bytes were on the disk" + lost_samples());
  }
  if (known_durable_beyond(end_)) damaged(what + " (a later record proves that it was on the disk)");
  torn_bytes_ = size_ - end_;
  return std::nullopt;
}

void SegmentReader::promise(const JournalHead& head) {
  promised_bytes_ = head.bytes;
  promised_sequence_ = head.last_sequence;
  if (end_ == 0) bad("the file ends within its header");
}

std::string SegmentReader::lost_samples() const {
  if (promised_sequence_ <= last_sequence_) return {};
  return "; samples " + std::to_string(last_sequence_ + 1) + " to " + std::to_string(promised_sequence_) +
         ", which may have been acknowledged, are missing";
}

bool SegmentReader::known_durable_beyond(std::uint64_t offset) {
  const auto mark = std::as_bytes(std::span(record_mark));
  for (std::uint64_t at = offset + 1; at + record_header_bytes <= size_;) {
    const auto bytes = *fetch(at, std::min<std::uint64_t>(size_ - at, window_bytes));
    for (auto hit = bytes.begin();; ++hit) {
      hit = std::search(hit, bytes.end(), mark.begin(), mark.end());
      const auto position = static_cast<std::size_t>(hit - bytes.begin());
      if (position + record_header_bytes > bytes.size()) break;
      const auto header = decode_record_header(bytes.subspan(position), header_.id);
      if (header && header->durable > offset && header->durable <= at + position) return true;
    }
    at += bytes.size() - record_header_bytes + 1;  // a header may lie across two windows
  }
  return false;
}

void SegmentReader::damaged(const std::string& what) const {
  throw JournalDamage(file_.path, end_, what);
}

}  // namespace altmind::store
