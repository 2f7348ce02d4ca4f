#pragma once
// A complete daemon in this process, to send bytes to.

#include <cstddef>
#include <cstdint>
#include <span>

namespace altmind::fuzz {

/// Ports of a daemon that runs on threads of this process until the process ends; started by the first call. HTTP, a
/// tcp source and the journal are on; its directory is removed when the process ends.
struct Served {
  std::uint16_t http = 0;
  std::uint16_t tcp = 0;
};
const Served& served();

/// Connects to `port`, sends all bytes, shuts down sending and reads until the daemon closes. Aborts if the daemon does
/// not respond within 20 s, which means that it hangs.
void converse(std::uint16_t port, std::span<const std::uint8_t> bytes);

}  // namespace altmind::fuzz
