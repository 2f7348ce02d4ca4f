#pragma once
// The newest segment of the journal, growing.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/store/journal_format.hpp"
#include "adapters/store/posix_file.hpp"

namespace altmind::store {

/// The file name of a segment: 20 digits and .journal.
std::string segment_name(std::uint64_t first_sequence);

/// Appends records to one segment. Throws std::system_error and is then good for rewind() only.
class SegmentWriter {
 public:
  /// A new segment, on the disk under its name when this returns. `carried`: the configuration in force.
  static SegmentWriter create(const std::filesystem::path& directory, std::uint64_t first_sequence,
                              const SampleSpec& spec, const std::optional<std::string>& carried);
  /// Goes on behind the first `size` bytes of a segment that was verified. Syncs it: the process that
  /// wrote it may have been killed before it did.
  static SegmentWriter resume(const std::filesystem::path& file, std::uint64_t size);

  /// Groups with much data are written from where it lies, at once; the rest waits for sync().
  void append(const Group& group, std::uint64_t sequence);
  void append(RecordType type, std::uint64_t sequence, std::string_view payload);
  void sync();             ///< writes what waits, one fdatasync
  void rewind() noexcept;  ///< takes back what was not synced, if the file lets itself be cut

  bool synced() const { return size() == synced_; }
  std::uint64_t size() const { return written_ + buffer_.size(); }
  std::uint64_t bytes_on_disk() const { return written_; }
  const std::filesystem::path& path() const { return file_.path(); }

 private:
  SegmentWriter(PosixFile file, std::uint64_t id) : file_(std::move(file)), id_(id) {}
  std::size_t begin_record(std::size_t more);
  void write_out(std::span<const std::byte> second = {}, std::span<const std::byte> third = {});

  PosixFile file_;
  std::uint64_t id_;
  std::uint64_t written_ = 0;  ///< bytes given to the file
  std::uint64_t synced_ = 0;   ///< of them on the disk
  std::vector<std::byte> buffer_;
  std::vector<std::byte> packed_;  ///< features of the group that is being appended
};

}  // namespace altmind::store
