#pragma once
// A daemon of all rooms in this process, for bytes to be sent to.

#include <cstddef>
#include <cstdint>
#include <span>

namespace altmind::fuzz {

/// The ports of a daemon that runs on threads of this process until it ends; started by the first call. HTTP, a tcp
/// source and the journal are on; its directory is removed when the process ends.
struct Served {
  std::uint16_t http = 0;
  std::uint16_t tcp = 0;
};
const Served& served();

/// Connects to `port`, sends all bytes, says that no more will come and reads until the daemon closes. Ends the
/// process if the daemon does not answer the connection within 20 s: it hangs.
void converse(std::uint16_t port, std::span<const std::uint8_t> bytes);

}  // namespace altmind::fuzz
