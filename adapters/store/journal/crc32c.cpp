#include "adapters/store/journal/crc32c.hpp"

#include <isa-l/crc.h>

#include <algorithm>

namespace altmind::store {

void Crc32c::update(std::span<const std::byte> bytes) {
  constexpr std::size_t most = std::size_t{1} << 30;  // ISA-L counts in int
  while (!bytes.empty()) {
    const std::size_t now = std::min(bytes.size(), most);
    auto* const data = const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(bytes.data()));
    state_ = crc32_iscsi(data, static_cast<int>(now), state_);  // reads only, though the parameter is not const
    bytes = bytes.subspan(now);
  }
}

}  // namespace altmind::store
