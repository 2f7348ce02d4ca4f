#include "adapters/sources/file/byte_stream.hpp"

#include <fcntl.h>
#include <lzma.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

namespace altmind::file {
namespace {

constexpr std::size_t packed_block = 128 * 1024;
constexpr std::uint64_t xz_memory_limit = 1ull << 30;  // xz -9 needs 65 MiB

std::system_error io_error(const std::string& path, const char* what) {
  return {errno, std::generic_category(), path + ": cannot " + what};
}

class PlainStream final : public ByteStream {
 public:
  using ByteStream::ByteStream;

  std::size_t read(std::span<char> out) override {
    std::size_t filled = 0;
    while (filled < out.size()) {
      const std::size_t got = read_some(file_.get(), out.subspan(filled), path_);
      if (got == 0) break;
      filled += got;
    }
    taken_ += filled;
    return filled;
  }
  Packing packing() const override { return Packing::none; }
  std::uint64_t bytes_taken() const override { return taken_; }
  void seek(std::uint64_t offset) override {
    if (::lseek(file_.get(), static_cast<off_t>(offset), SEEK_SET) < 0) throw io_error(path_, "seek");
    taken_ = offset;
  }

 private:
  std::uint64_t taken_ = 0;
};

// Shared by gzip and xz: a block of packed bytes and its place in the file.
class PackedStream : public ByteStream {
 public:
  void seek(std::uint64_t) override { assert(!"only plain files can seek"); }
  std::uint64_t bytes_taken() const override { return block_end_ - left(); }

 protected:
  using ByteStream::ByteStream;
  virtual std::size_t left() const = 0;  // bytes of the block not yet unpacked

  std::size_t next_block() {
    const std::size_t got =
        read_some(file_.get(), std::span(reinterpret_cast<char*>(block_.data()), block_.size()), path_);
    block_end_ += got;
    return got;
  }
  [[noreturn]] void damaged(const std::string& what) const {
    throw std::runtime_error(path_ + ": " + what + " at byte " + std::to_string(bytes_taken()) + " of " +
                             std::to_string(size_));
  }

  std::vector<unsigned char> block_ = std::vector<unsigned char>(packed_block);

 private:
  std::uint64_t block_end_ = 0;
};

class GzipStream final : public PackedStream {
 public:
  GzipStream(std::string path, FileDescriptor file, std::uint64_t size)
      : PackedStream(std::move(path), std::move(file), size) {
    constexpr int gzip_only = 16 + MAX_WBITS;
    if (inflateInit2(&zlib_, gzip_only) != Z_OK) throw std::runtime_error(path_ + ": cannot start zlib");
  }
  ~GzipStream() override { inflateEnd(&zlib_); }

  std::size_t read(std::span<char> out) override {
    zlib_.next_out = reinterpret_cast<Bytef*>(out.data());
    zlib_.avail_out = static_cast<uInt>(out.size());
    while (zlib_.avail_out > 0) {
      if (zlib_.avail_in == 0) {
        zlib_.avail_in = static_cast<uInt>(next_block());
        zlib_.next_in = block_.data();
      }
      if (zlib_.avail_in == 0) {
        if (in_member_) damaged("truncated gzip data");
        break;
      }
      in_member_ = true;
      const int result = inflate(&zlib_, Z_NO_FLUSH);
      if (result == Z_STREAM_END) {  // another member may follow
        in_member_ = false;
        inflateReset(&zlib_);
      } else if (result != Z_OK && result != Z_BUF_ERROR) {
        damaged("corrupt gzip data (" + std::string(zlib_.msg ? zlib_.msg : zError(result)) + ")");
      }
    }
    return out.size() - zlib_.avail_out;
  }
  Packing packing() const override { return Packing::gzip; }

 private:
  std::size_t left() const override { return zlib_.avail_in; }

  z_stream zlib_{};
  bool in_member_ = false;
};

class XzStream final : public PackedStream {
 public:
  XzStream(std::string path, FileDescriptor file, std::uint64_t size)
      : PackedStream(std::move(path), std::move(file), size) {
    if (lzma_stream_decoder(&lzma_, xz_memory_limit, LZMA_CONCATENATED) != LZMA_OK) {
      throw std::runtime_error(path_ + ": cannot start liblzma");
    }
  }
  ~XzStream() override { lzma_end(&lzma_); }

  std::size_t read(std::span<char> out) override {
    lzma_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
    lzma_.avail_out = out.size();
    while (lzma_.avail_out > 0 && !ended_) {
      if (lzma_.avail_in == 0 && !no_more_) {
        lzma_.avail_in = next_block();
        lzma_.next_in = block_.data();
        no_more_ = lzma_.avail_in == 0;
      }
      switch (const lzma_ret result = lzma_code(&lzma_, no_more_ ? LZMA_FINISH : LZMA_RUN); result) {
        case LZMA_OK:
          break;
        case LZMA_STREAM_END:
          ended_ = true;
          break;
        case LZMA_BUF_ERROR:
          if (no_more_) damaged("truncated xz data");
          break;
        case LZMA_MEMLIMIT_ERROR:
          damaged("xz data that needs more than 1 GiB to unpack");
        case LZMA_MEM_ERROR:
          throw std::bad_alloc();
        default:
          damaged("corrupt xz data (liblzma code " + std::to_string(result) + ")");
      }
    }
    return out.size() - lzma_.avail_out;
  }
  Packing packing() const override { return Packing::xz; }

 private:
  std::size_t left() const override { return lzma_.avail_in; }

  lzma_stream lzma_ = LZMA_STREAM_INIT;
  bool no_more_ = false;
  bool ended_ = false;
};

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    if (value_ >= 0) ::close(value_);
    value_ = other.release();
  }
  return *this;
}

FileDescriptor::~FileDescriptor() {
  if (value_ >= 0) ::close(value_);
}

int FileDescriptor::release() noexcept {
  return std::exchange(value_, -1);
}

ByteStream::ByteStream(std::string path, FileDescriptor file, std::uint64_t size)
    : path_(std::move(path)), file_(std::move(file)), size_(size) {}

FileDescriptor open_file(const std::string& path) {
  // O_NONBLOCK: opening a pipe must fail below instead of waiting for a writer. It has no effect on regular files.
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) throw io_error(path, "open");
  if (!S_ISREG(status_of(file.get(), path).st_mode)) {
    throw std::runtime_error(path + ": not a regular file; a pipe can be read as a source of type \"stdin\"");
  }
  return file;
}

struct stat status_of(int descriptor, const std::string& path) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) throw io_error(path, "stat");
  return status;
}

std::size_t read_some(int descriptor, std::span<char> out, const std::string& path) {
  for (;;) {
    const ssize_t got = ::read(descriptor, out.data(), out.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) throw io_error(path, "read");
  }
}

Packing packing_of(int descriptor, const std::string& path) {
  std::array<unsigned char, 6> first{};
  const ssize_t got = ::pread(descriptor, first.data(), first.size(), 0);
  if (got < 0) throw io_error(path, "read");
  constexpr std::array<unsigned char, 6> xz_magic{0xfd, '7', 'z', 'X', 'Z', 0};
  if (got >= 2 && first[0] == 0x1f && first[1] == 0x8b) return Packing::gzip;
  if (got == 6 && first == xz_magic) return Packing::xz;
  return Packing::none;
}

std::unique_ptr<ByteStream> open_bytes(const std::string& path) {
  FileDescriptor file = open_file(path);
  const auto size = static_cast<std::uint64_t>(status_of(file.get(), path).st_size);
  ::posix_fadvise(file.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
  switch (packing_of(file.get(), path)) {
    case Packing::gzip:
      return std::make_unique<GzipStream>(path, std::move(file), size);
    case Packing::xz:
      return std::make_unique<XzStream>(path, std::move(file), size);
    case Packing::none:
      break;
  }
  return std::make_unique<PlainStream>(path, std::move(file), size);
}

}  // namespace altmind::file
