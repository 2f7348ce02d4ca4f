#include "adapters/address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace altmind::adapters {
namespace {

bool is_ipv4(const std::string& host) {
  in_addr parsed{};
  return inet_pton(AF_INET, host.c_str(), &parsed) == 1;
}

bool is_ipv6(const std::string& host) {
  in6_addr parsed{};
  return inet_pton(AF_INET6, host.c_str(), &parsed) == 1;
}

/// True for host names. Digits and dots alone must be an IPv4 address instead: resolvers disagree on what 127.1 means.
bool is_host_name(const std::string& host) {
  const auto part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.'; };
  const auto numeric = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  return !host.empty() && host.size() <= 253 && std::isalnum(static_cast<unsigned char>(host[0])) != 0 &&
         std::all_of(host.begin(), host.end(), part) && !std::all_of(host.begin(), host.end(), numeric);
}

}  // namespace

std::optional<HostAndPort> split_host_port(std::string_view text) {
  HostAndPort parts;
  parts.bracketed = text.starts_with('[');
  const std::size_t end = parts.bracketed ? text.find(']') : text.rfind(':');
  if (parts.bracketed && end == std::string_view::npos) return std::nullopt;
  parts.host = parts.bracketed ? text.substr(1, end - 1) : text.substr(0, end);
  const std::size_t colon = parts.bracketed ? end + 1 : end;
  if (colon >= text.size()) return parts;
  if (text[colon] != ':') return std::nullopt;
  parts.port = text.substr(colon + 1);
  return parts;
}

std::optional<HostPort> parse_address(std::string_view text) {
  const std::optional<HostAndPort> parts = split_host_port(text);
  if (!parts || !parts->port || text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string_view digits = *parts->port;
  HostPort address;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;

  address.host = parts->host;
  const bool known = parts->bracketed ? is_ipv6(address.host) : is_ipv4(address.host) || is_host_name(address.host);
  return known ? std::optional(address) : std::nullopt;
}

bool is_loopback(const HostPort& address) {
  in_addr v4{};
  if (inet_pton(AF_INET, address.host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  if (inet_pton(AF_INET6, address.host.c_str(), &v6) == 1) {
    return std::equal(std::begin(v6.s6_addr), std::end(v6.s6_addr), std::begin(in6addr_loopback.s6_addr));
  }
  std::string lower = address.host;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
  return lower == "localhost";
}

}  // namespace altmind::adapters
