#pragma once
// A file in memory that can be opened by path.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace altmind::fuzz {

/// Holds bytes in memory under /proc/self/fd until it is destroyed.
class MemoryFile {
 public:
  explicit MemoryFile(std::span<const std::uint8_t> bytes);
  ~MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

}  // namespace altmind::fuzz
