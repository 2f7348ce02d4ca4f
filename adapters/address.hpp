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

/// The parts of "host", "host:port" or "[IPv6]:port", as views of the text; neither is checked.
struct HostAndPort {
  std::string_view host;  ///< without brackets
  bool bracketed = false;
  std::optional<std::string_view> port;  ///< what follows the colon; nullopt without a colon
};

/// Splits at the closing bracket, or at the last colon. nullopt if a bracket is not closed, or followed by anything but
/// a colon.
std::optional<HostAndPort> split_host_port(std::string_view text);

/// Parses "127.0.0.1:8080", "[::1]:8080" or "localhost:8080"; nullopt for any other form.
std::optional<HostPort> parse_address(std::string_view text);

/// True for 127.0.0.0/8, ::1 and localhost: only programs on this machine can connect.
bool is_loopback(const HostPort& address);

}  // namespace altmind::adapters
