#include "adapters/store/journal/journal_head.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <string_view>
#include <system_error>

#include "adapters/store/journal/crc32c.hpp"
#include "adapters/store/journal/segment_reader.hpp"

namespace altmind::store {
namespace {

constexpr std::string_view head_magic = "ALTMHEAD";
constexpr std::uint32_t head_version = 1;
constexpr std::size_t head_fields_at = 16;  // after head_magic, head_version and length
constexpr std::size_t head_size = head_fields_at + 4 * sizeof(std::uint64_t) + 8;

using HeadBytes = std::array<std::byte, head_size>;

std::uint32_t head_checksum(const HeadBytes& bytes) {
  Crc32c crc;
  crc.update(std::span(bytes).first(head_size - 4));
  return crc.value();
}

template <typename T>
void put_at(HeadBytes& bytes, std::size_t at, const T& value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

template <typename T>
T get_at(const HeadBytes& bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

}  // namespace

std::filesystem::path head_file(const std::filesystem::path& journal) {
  std::filesystem::path file = journal;
  file += ".head";
  return file;
}

std::optional<JournalHead> read_head(const std::filesystem::path& journal) {
  HeadBytes bytes{};
  try {
    const PosixFile file(head_file(journal), O_RDONLY | O_NONBLOCK);
    if (file.read_at(0, bytes) != bytes.size()) return std::nullopt;
  } catch (const std::system_error&) {
    return std::nullopt;
  }
  if (std::memcmp(bytes.data(), head_magic.data(), head_magic.size()) != 0 ||
      get_at<std::uint32_t>(bytes, 8) != head_version ||
      get_at<std::uint32_t>(bytes, head_size - 4) != head_checksum(bytes)) {
    return std::nullopt;
  }
  const auto field = [&](std::size_t i) {
    return get_at<std::uint64_t>(bytes, head_fields_at + i * sizeof(std::uint64_t));
  };
  return JournalHead{field(0), field(1), field(2), field(3)};
}

void remove_head(const std::filesystem::path& journal) {
  if (std::filesystem::remove(head_file(journal))) sync_directory(journal.parent_path());
}

std::string missing_at_end(const std::filesystem::path& journal) {
  const auto head = read_head(journal);  // read before the segments, which only grow
  if (!head) return {};
  const auto segments = list_segments(journal);
  const auto at = std::find_if(segments.begin(), segments.end(),
                               [&](const SegmentFile& file) { return file.first_sequence == head->first_sequence; });
  const std::string acknowledged = "samples up to " + std::to_string(head->last_sequence) + " were acknowledged";
  if (at == segments.end()) {
    const bool trimmed = !segments.empty() && segments.front().first_sequence > head->first_sequence;
    return trimmed ? std::string()
                   : journal.string() + ": the segment that begins with sample " +
                         std::to_string(head->first_sequence) + " is missing; " + acknowledged;
  }
  std::error_code error;
  const auto size = std::filesystem::file_size(at->path, error);
  if (!error && size >= head->bytes) return {};
  return at->path.string() + ": has " + std::to_string(error ? 0 : size) + " bytes, but " +
         std::to_string(head->bytes) + " were on the disk; " + acknowledged;
}

JournalDamage all_missing(const std::filesystem::path& journal, const JournalHead& head) {
  return {head_file(journal), 0,
          "the journal has no segment, but samples up to " + std::to_string(head.last_sequence) +
              ", which may have been acknowledged, were on the disk"};
}

HeadWriter::HeadWriter(const std::filesystem::path& journal) : file_(head_file(journal), O_RDWR | O_CREAT) {}

void HeadWriter::write(const JournalHead& head) {
  HeadBytes bytes{};
  std::memcpy(bytes.data(), head_magic.data(), head_magic.size());
  put_at(bytes, 8, head_version);
  put_at(bytes, 12, static_cast<std::uint32_t>(head_size));
  std::size_t at = head_fields_at;
  for (const std::uint64_t field : {head.segment_id, head.first_sequence, head.bytes, head.last_sequence}) {
    put_at(bytes, at, field);
    at += sizeof field;
  }
  put_at(bytes, head_size - 4, head_checksum(bytes));
  file_.write_at(0, bytes);
  dirty_ = true;
}

void HeadWriter::sync() {
  if (dirty_.exchange(false)) file_.sync();
}

}  // namespace altmind::store
