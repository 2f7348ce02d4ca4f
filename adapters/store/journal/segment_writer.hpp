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

#include "adapters/store/journal/journal_format.hpp"
#include "adapters/store/posix_file.hpp"

namespace altmind::store {

/// The file name of a segment: 20 digits and .journal.
std::string segment_name(std::uint64_t first_sequence);

/// Appends records to one segment. Throws std::system_error and is then good for rewind() only; behind that, unless it
/// was the sync that failed, for anything.
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
  void require_room(std::uint64_t bytes);  ///< throws where so much more could not be written; everything is synced
  void sync();             ///< writes what waits, one fdatasync; throws where the file was cut or replaced
  bool rewind() noexcept;  ///< takes back what was not synced; false if the file does not let itself be cut
  bool sync_failed() const { return sync_failed_; }  ///< what the kernel still has is not known

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
  std::uint64_t synced_ = 0;   ///< of them on the disk
  bool sync_failed_ = false;
  bool lost_ = false;  ///< somebody has cut, deleted or replaced the file
  std::vector<std::byte> buffer_;
  std::vector<std::byte> packed_;     ///< features of the group that is being appended
  std::vector<std::byte> residuals_;  ///< and what float32 left of them
};

}  // namespace altmind::store
