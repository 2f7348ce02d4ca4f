#pragma once
// The unpacked bytes of a file: plain, gzip or xz, told apart by their first bytes, never by their name.

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace altmind::file {

enum class Packing { none, gzip, xz };

/// Owns a file descriptor.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int value) : value_(value) {}
  FileDescriptor(FileDescriptor&& other) noexcept : value_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor();
  int get() const { return value_; }
  int release() noexcept;
  explicit operator bool() const { return value_ >= 0; }

 private:
  int value_ = -1;
};

/// Reads the bytes of one file. Every error is a std::runtime_error that names the file, and for damaged packed data
/// the byte of the file where it was noticed: a file that ends in the middle of a gzip member or an xz stream is an
/// error, never a silent end. Concatenated members and streams are read as one.
class ByteStream {
 public:
  ByteStream(std::string path, FileDescriptor file, std::uint64_t size);
  virtual ~ByteStream() = default;

  /// Fills `out` from its beginning; returns the number of bytes, fewer than asked for only at the end.
  virtual std::size_t read(std::span<char> out) = 0;
  virtual Packing packing() const = 0;
  virtual std::uint64_t bytes_taken() const = 0;  ///< of the file itself: packed bytes if it is packed

  /// Continues reading at `offset`. Only for Packing::none: anything else is a bug in the caller.
  virtual void seek(std::uint64_t offset) = 0;

  const std::string& path() const { return path_; }
  int descriptor() const { return file_.get(); }
  std::uint64_t file_size() const { return size_; }  ///< when it was opened

 protected:
  const std::string path_;
  const FileDescriptor file_;
  const std::uint64_t size_;
};

/// Opens for reading. Throws std::runtime_error if the file is missing, unreadable or not a regular file.
FileDescriptor open_file(const std::string& path);

/// fstat(2); throws std::runtime_error naming `path`.
struct stat status_of(int descriptor, const std::string& path);

/// Returns the packing that the first bytes of an open file announce; does not move its read position.
Packing packing_of(int descriptor, const std::string& path);

std::unique_ptr<ByteStream> open_bytes(const std::string& path);

/// One read(2), repeated after signals; throws std::runtime_error naming `path`.
std::size_t read_some(int descriptor, std::span<char> out, const std::string& path);

}  // namespace altmind::file
