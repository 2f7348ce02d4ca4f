#include "adapters/store/journal/segment_writer.hpp"

#include <fcntl.h>

#include <array>
#include <cstdio>
#include <random>
#include <system_error>
#include <utility>

#include "adapters/store/journal/crc32c.hpp"

namespace altmind::store {
namespace {

/// A group with more bytes of samples is written directly instead of being buffered.
constexpr std::size_t direct_bytes = 64 << 10;
constexpr std::size_t buffer_bytes = 1 << 20;

std::uint64_t random_id() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

}  // namespace

std::string segment_name(std::uint64_t first_sequence) {
  std::array<char, 40> name{};
  std::snprintf(name.data(), name.size(), "%020llu.journal", static_cast<unsigned long long>(first_sequence));
  return name.data();
}

SegmentWriter SegmentWriter::create(const std::filesystem::path& directory, std::uint64_t first_sequence,
                                    const SampleSpec& spec, const std::optional<std::string>& carried) {
  const std::filesystem::path name = directory / segment_name(first_sequence);
  const std::filesystem::path temporary = name.string() + ".tmp";
  try {
    SegmentWriter writer(PosixFile(temporary, O_WRONLY | O_CREAT | O_TRUNC), random_id());
    encode_segment_header({writer.id_, first_sequence, spec}, writer.buffer_);
    if (carried) writer.append(RecordType::carried, first_sequence - 1, *carried);
    writer.sync();
    // Only a complete segment gets its final name.
    std::filesystem::rename(temporary, name);
    writer.file_.renamed_to(name);
    sync_directory(directory);
    return writer;
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);  // the disk may be full
    throw;
  }
}

SegmentWriter SegmentWriter::resume(const std::filesystem::path& file, std::uint64_t size) {
  PosixFile out(file, O_RDWR);
  std::array<std::byte, segment_header_bytes> header{};
  out.read_at(0, header);
  out.seek(size);
  out.sync();
  SegmentWriter writer(std::move(out), decode_segment_header(header).id);
  writer.written_ = writer.synced_ = size;
  return writer;
}

std::size_t SegmentWriter::begin_record(std::size_t more) {
  // Nothing allocates after this line, so no record is ever left incomplete.
  if (buffer_.capacity() < buffer_.size() + record_header_bytes + more) {
    buffer_.reserve(std::max(2 * buffer_bytes, buffer_.size() + record_header_bytes + more));
  }
  const std::size_t at = buffer_.size();
  buffer_.resize(at + record_header_bytes);
  return at;
}

void SegmentWriter::append(const Group& group, std::uint64_t sequence) {
  const auto outcomes = group.samples.label.empty() ? std::as_bytes(std::span(group.samples.target))
                                                    : std::as_bytes(std::span(group.samples.label));
  residuals_.clear();
  encode_residuals(group.samples, residuals_);
  const bool packed = residuals_.empty() && !group.samples.x.empty() && pack_features(group.samples.x, packed_);
  const auto x = packed ? std::span<const std::byte>(packed_) : std::as_bytes(std::span(group.samples.x));
  const std::size_t prefix = group_prefix_bytes(group);
  const std::size_t samples = outcomes.size() + x.size() + residuals_.size();
  const bool direct = samples > direct_bytes;

  const std::size_t at = begin_record(direct ? prefix : prefix + samples);
  encode_group_prefix(group, buffer_);
  Crc32c crc;
  crc.update(std::span(buffer_).subspan(at + record_header_bytes));
  crc.update(outcomes);
  crc.update(x);
  crc.update(residuals_);
  const RecordType type = packed               ? RecordType::byte_group
                          : residuals_.empty() ? RecordType::group
                                               : RecordType::precise_group;
  encode_record_header({type, prefix + samples, sequence, synced_, crc.value()}, id_, std::span(buffer_).subspan(at));
  if (direct) {
    write_out(outcomes, x, residuals_);
  } else {
    buffer_.insert(buffer_.end(), outcomes.begin(), outcomes.end());
    buffer_.insert(buffer_.end(), x.begin(), x.end());
    buffer_.insert(buffer_.end(), residuals_.begin(), residuals_.end());
    if (buffer_.size() >= buffer_bytes) write_out();
  }
}

void SegmentWriter::append(RecordType type, std::uint64_t sequence, std::string_view payload) {
  const auto bytes = std::as_bytes(std::span(payload));
  const std::size_t at = begin_record(bytes.size());
  Crc32c crc;
  crc.update(bytes);
  encode_record_header({type, bytes.size(), sequence, synced_, crc.value()}, id_, std::span(buffer_).subspan(at));
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

void SegmentWriter::write_out(std::span<const std::byte> second, std::span<const std::byte> third,
                              std::span<const std::byte> fourth) {
  require_whole();  // writing past a truncation would restore the size and hide it
  file_.write({buffer_, second, third, fourth});
  written_ += buffer_.size() + second.size() + third.size() + fourth.size();
  buffer_.clear();
}

void SegmentWriter::require_room(std::uint64_t bytes) {
  file_.reserve(written_, bytes);
  file_.truncate(written_);
}

void SegmentWriter::sync() {
  if (!buffer_.empty()) write_out();
  sync_failed_ = true;
  file_.sync();
  sync_failed_ = false;
  // Bytes in a file that cannot be opened again are not durable.
  require_whole();
  if (!file_.in_place()) {
    lost_ = true;
    throw std::system_error(std::make_error_code(std::errc::no_such_file_or_directory),
                            path().string() + ": was deleted or replaced while it was written");
  }
  synced_ = written_;
}

void SegmentWriter::require_whole() {
  const std::uint64_t size = file_.size();
  if (size >= written_) return;
  lost_ = true;
  throw std::system_error(std::make_error_code(std::errc::io_error),
                          path().string() + ": was cut to " + std::to_string(size) + " bytes while it was written, " +
                              std::to_string(written_) + " were in it");
}

bool SegmentWriter::rewind() noexcept {
  buffer_.clear();
  try {
    if (lost_ || file_.size() < synced_) return false;  // filling up with zeros would only hide what was cut
    file_.truncate(synced_);
    file_.seek(synced_);
    written_ = synced_;
    return true;
  } catch (const std::system_error&) {
    return false;  // the next start finds a tail that was never acknowledged: it may keep or cut it
  }
}

}  // namespace altmind::store
