// A segment of a journal, read as the newest one. If the first byte is odd, the checksums are corrected first, to reach
// the code behind them as a crafted file could.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "adapters/store/journal/crc32c.hpp"
#include "adapters/store/journal/journal.hpp"
#include "adapters/store/journal/journal_format.hpp"
#include "adapters/store/journal/segment_reader.hpp"
#include "tests/fuzz/memory_file.hpp"

namespace {

using namespace altmind;
using namespace altmind::store;

std::uint32_t checksum(std::span<const std::byte> bytes) {
  Crc32c crc;
  crc.update(bytes);
  return crc.value();
}

template <typename T>
T at(std::span<const std::byte> bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

/// Recomputes all checksums. Offsets as in docs/journal.md.
void mend_checksums(std::span<std::byte> segment) {
  if (segment.size() < segment_header_bytes) return;
  const std::uint32_t of_header = checksum(segment.first(segment_header_bytes - 4));
  std::memcpy(segment.data() + segment_header_bytes - 4, &of_header, sizeof of_header);
  const auto id = at<std::uint64_t>(segment, 16);
  for (auto rest = segment.subspan(segment_header_bytes); rest.size() >= record_header_bytes;) {
    const RecordHeader wrong{static_cast<RecordType>(at<std::uint32_t>(rest, 4)), at<std::uint64_t>(rest, 8),
                             at<std::uint64_t>(rest, 16), at<std::uint64_t>(rest, 24), 0};
    const std::size_t length = std::min<std::uint64_t>(wrong.length, rest.size() - record_header_bytes);
    RecordHeader right = wrong;
    right.payload_crc = checksum(rest.subspan(record_header_bytes, length));
    encode_record_header(right, id, rest.first(record_header_bytes));
    rest = rest.subspan(record_header_bytes + length);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::vector<std::uint8_t> bytes(data + 1, data + size);
  if ((data[0] & 1) != 0) mend_checksums(std::as_writable_bytes(std::span(bytes)));
  const fuzz::MemoryFile file(bytes);
  try {
    SegmentReader reader({file.path(), 1}, true);
    while (const auto record = reader.next()) {
      if (!is_group(record->type)) continue;
      const Group group = to_group(record->group);
      if (group.samples.x.size() != group.samples.count * reader.header().spec.inputs) std::abort();
    }
  } catch (const JournalError& refusal) {
    if (*refusal.what() == '\0') std::abort();
  }
  return 0;
}
