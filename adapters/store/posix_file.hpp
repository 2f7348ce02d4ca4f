#pragma once
// Files by descriptor, with errors that name the file. Used by the journal, the checkpoints and the lock.

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <span>
#include <string>

namespace altmind::store {

/// An open file. Every failure throws std::system_error whose text names the file and what was tried.
class PosixFile {
 public:
  PosixFile() = default;
  /// open(2), which never blocks; O_CLOEXEC is added. Accepts regular files only, or with O_DIRECTORY directories:
  /// anyone who may write to a data directory can put a FIFO or a device anywhere in it.
  PosixFile(std::filesystem::path path, int flags, unsigned mode = 0644);
  ~PosixFile();
  PosixFile(PosixFile&& other) noexcept;
  PosixFile& operator=(PosixFile&& other) noexcept;

  bool is_open() const { return fd_ >= 0; }
  int descriptor() const { return fd_; }
  const std::filesystem::path& path() const { return path_; }
  std::uint64_t size() const;
  std::uint64_t inode() const;
  bool in_place() const;  ///< its path still names this very file; does not throw

  /// Writes all pieces, one after the other, at the file's current position.
  void write(std::initializer_list<std::span<const std::byte>> pieces);
  void write_at(std::uint64_t offset, std::span<const std::byte> bytes);
  /// Reads up to into.size() bytes; fewer only at the end of the file.
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> into) const;
  void seek(std::uint64_t offset);
  void truncate(std::uint64_t size);
  void reserve(std::uint64_t offset, std::uint64_t size);  ///< allocates these bytes of the file on disk
  void sync();                                             ///< fdatasync: the bytes and what is needed to find them
  void renamed_to(std::filesystem::path path) { path_ = std::move(path); }
  void close() noexcept;
  int release() noexcept;  ///< the caller must close it

 private:
  [[noreturn]] void fail(const std::string& what) const;

  int fd_ = -1;
  std::filesystem::path path_;
};

/// Makes creations, renames and deletions in `directory` durable.
void sync_directory(const std::filesystem::path& directory);

/// Creates `directory` and its parents, durably.
void create_directory_durably(const std::filesystem::path& directory);

}  // namespace altmind::store
