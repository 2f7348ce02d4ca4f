#pragma once
// Writes the newest segment of the journal.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/store/journal/journal_format.hpp"
#include "adapters/store/posix_file.hpp"

namespace altmind::store {

/// Returns the file name of a segment: 20 digits and .journal.
std::string segment_name(std::uint64_t first_sequence);

/// Appends records to one segment. After it has thrown std::system_error, only rewind() may be called; after that
/// anything, unless it was the sync that failed.
class SegmentWriter {
 public:
  /// Creates a segment, on disk under its name when this returns. `carried`: the configuration in force.
  static SegmentWriter create(const std::filesystem::path& directory, std::uint64_t first_sequence,
                              const SampleSpec& spec, const std::optional<std::string>& carried);
  /// Continues after the first `size` bytes of a verified segment. Syncs it: the process that wrote it may have been
  /// killed before it did.
  static SegmentWriter resume(const std::filesystem::path& file, std::uint64_t size);

  /// Groups with much data are written directly and at once; the rest waits for sync().
  void append(const Group& group, std::uint64_t sequence);
  void append(RecordType type, std::uint64_t sequence, std::string_view payload);
  void require_room(std::uint64_t bytes);  ///< throws if `bytes` more could not be written; everything must be synced
  void sync();             ///< writes what is buffered, one fdatasync; throws if the file was cut or replaced
  bool rewind() noexcept;  ///< rolls back to the last sync; false if the file cannot be truncated
  bool sync_failed() const { return sync_failed_; }  ///< what the kernel still holds is unknown

  bool synced() const { return size() == synced_; }
  std::uint64_t size() const { return written_ + buffer_.size(); }
  std::uint64_t id() const { return id_; }
  std::uint64_t bytes_synced() const { return synced_; }
  std::uint64_t bytes_on_disk() const { return written_; }
  std::uint64_t inode() const { return file_.inode(); }
  const std::filesystem::path& path() const { return file_.path(); }

 private:
  SegmentWriter(PosixFile file, std::uint64_t id) : file_(std::move(file)), id_(id) {}
  std::size_t begin_record(std::size_t more);
  void require_whole();
  void write_out(std::span<const std::byte> second = {}, std::span<const std::byte> third = {},
                 std::span<const std::byte> fourth = {});

  PosixFile file_;
  std::uint64_t id_;
  std::uint64_t written_ = 0;  ///< bytes given to the file
  std::uint64_t synced_ = 0;   ///< of these, on disk
  bool sync_failed_ = false;
  bool lost_ = false;  ///< the file was cut, deleted or replaced
  std::vector<std::byte> buffer_;
  std::vector<std::byte> packed_;     ///< features of the group being appended
  std::vector<std::byte> residuals_;  ///< and their rounding residuals
};

}  // namespace altmind::store
