#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace altmind::store {

/// CRC-32C (Castagnoli) fed in pieces: "123456789" gives 0xE3069283.
class Crc32c {
 public:
  void update(std::span<const std::byte> bytes);
  std::uint32_t value() const { return ~state_; }

 private:
  std::uint32_t state_ = 0xFFFFFFFFu;
};

}  // namespace altmind::store
