#pragma once
// host:port, as text.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace altmind::adapters {

struct HostPort {
  std::string host;  ///< without the brackets of an IPv6 address
  std::uint16_t port = 0;
};

/// "127.0.0.1:8080", "[::1]:8080", "localhost:8080"; nothing if it is none of these forms.
std::optional<HostPort> parse_address(std::string_view text);

/// 127.0.0.0/8, ::1 or localhost: only programs of this machine can connect.
bool is_loopback(const HostPort& address);

}  // namespace altmind::adapters
