#include "adapters/store/posix_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

namespace altmind::store {

PosixFile::PosixFile(std::filesystem::path path, int flags, unsigned mode) : path_(std::move(path)) {
  // O_NONBLOCK: a FIFO is rejected below instead of waited for. It has no effect on regular files.
  do {
    fd_ = ::open(path_.c_str(), flags | O_CLOEXEC | O_NONBLOCK, mode);
  } while (fd_ < 0 && errno == EINTR);
  if (fd_ < 0) fail("cannot open");
  struct stat status {};
  if ((flags & O_DIRECTORY) != 0 || (::fstat(fd_, &status) == 0 && S_ISREG(status.st_mode))) return;
  close();
  errno = EINVAL;
  fail("is not a regular file");
}

PosixFile::~PosixFile() {
  close();
}

PosixFile::PosixFile(PosixFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

PosixFile& PosixFile::operator=(PosixFile&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
    path_ = std::move(other.path_);
  }
  return *this;
}

std::uint64_t PosixFile::size() const {
  struct stat status {};
  if (::fstat(fd_, &status) != 0) fail("cannot stat");
  return static_cast<std::uint64_t>(status.st_size);
}

std::uint64_t PosixFile::inode() const {
  struct stat status {};
  if (::fstat(fd_, &status) != 0) fail("cannot stat");
  return status.st_ino;
}

bool PosixFile::in_place() const {
  struct stat here {};
  struct stat there {};
  return ::fstat(fd_, &here) == 0 && ::stat(path_.c_str(), &there) == 0 && here.st_dev == there.st_dev &&
         here.st_ino == there.st_ino && here.st_nlink > 0;
}

void PosixFile::write(std::initializer_list<std::span<const std::byte>> pieces) {
  std::vector<iovec> left;
  left.reserve(pieces.size());
  for (const auto piece : pieces) {
    if (!piece.empty()) left.push_back({const_cast<std::byte*>(piece.data()), piece.size()});
  }
  for (std::size_t at = 0; at < left.size();) {
    const ssize_t written = ::writev(fd_, left.data() + at, static_cast<int>(left.size() - at));
    if (written < 0) {
      if (errno == EINTR) continue;
      fail("cannot write");
    }
    // A write may be short (a signal, 2 GiB): continue after it.
    for (auto rest = static_cast<std::size_t>(written); at < left.size();) {
      const std::size_t step = std::min(rest, left[at].iov_len);
      left[at].iov_base = static_cast<std::byte*>(left[at].iov_base) + step;
      left[at].iov_len -= step;
      rest -= step;
      if (left[at].iov_len > 0) break;
      ++at;
    }
  }
}

void PosixFile::write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0) {
      if (errno == EINTR) continue;
      fail("cannot write");
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
}

std::size_t PosixFile::read_at(std::uint64_t offset, std::span<std::byte> into) const {
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t got = ::pread(fd_, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
    if (got < 0) {
      if (errno == EINTR) continue;
      fail("cannot read at byte " + std::to_string(offset + done));
    }
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

void PosixFile::seek(std::uint64_t offset) {
  if (::lseek(fd_, static_cast<off_t>(offset), SEEK_SET) < 0) fail("cannot seek");
}

void PosixFile::truncate(std::uint64_t size) {
  if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) fail("cannot cut to " + std::to_string(size) + " bytes");
}

void PosixFile::reserve(std::uint64_t offset, std::uint64_t size) {
  errno = ::posix_fallocate(fd_, static_cast<off_t>(offset), static_cast<off_t>(size));
  if (errno != 0) fail("cannot write");
}

void PosixFile::sync() {
  if (::fdatasync(fd_) != 0) fail("cannot sync");
}

void PosixFile::close() noexcept {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

int PosixFile::release() noexcept {
  return std::exchange(fd_, -1);
}

void PosixFile::fail(const std::string& what) const {
  throw std::system_error(errno, std::generic_category(), path_.string() + ": " + what);
}

void sync_directory(const std::filesystem::path& directory) {
  PosixFile file(directory.empty() ? std::filesystem::path(".") : directory, O_RDONLY | O_DIRECTORY);
  if (::fsync(file.descriptor()) != 0) {
    throw std::system_error(errno, std::generic_category(), directory.string() + ": cannot sync the directory");
  }
}

void create_directory_durably(const std::filesystem::path& directory) {
  const std::filesystem::path whole = std::filesystem::absolute(directory).lexically_normal();
  std::filesystem::path made;
  for (const auto& part : whole) {
    const std::filesystem::path parent = made;
    made /= part;
    if (part.empty() || std::filesystem::exists(made)) continue;
    std::filesystem::create_directory(made);
    sync_directory(parent);
  }
  if (!std::filesystem::is_directory(whole)) {
    throw std::system_error(ENOTDIR, std::generic_category(), directory.string() + ": is not a directory");
  }
}

}  // namespace altmind::store
