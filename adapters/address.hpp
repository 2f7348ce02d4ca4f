#pragma once
// Parsing of host:port.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace altmind::adapters {

struct HostPort {
  std::string host;  ///< without the brackets of an IPv6 address
  std::uint16_t port = 0;
};

/// Parses "127.0.0.1:8080", "[::1]:8080" or "localhost:8080"; nullopt for any other form.
std::optional<HostPort> parse_address(std::string_view text);

/// True for 127.0.0.0/8, ::1 and localhost: only programs on this machine can connect.
bool is_loopback(const HostPort& address);

}  // namespace altmind::adapters
