#include "adapters/http/routes/hosts.hpp"

#include <unistd.h>

#include <array>
#include <boost/asio/ip/address.hpp>
#include <optional>

#include "adapters/address.hpp"
#include "adapters/http/text.hpp"

namespace altmind::http {
namespace {

using boost::asio::ip::address;

/// Strips the port, brackets and the trailing dot of a fully qualified name, and converts to lower case.
std::string bare(std::string_view host) {
  const auto parts = adapters::split_host_port(host);
  if (!parts) return {};
  host = parts->host;
  if (!parts->bracketed && host.ends_with('.')) host.remove_suffix(1);
  return lower_case(host);
}

std::optional<address> number(const std::string& host) {
  boost::system::error_code error;
  const address found = boost::asio::ip::make_address(host, error);
  return error ? std::nullopt : std::optional(found);
}

bool is_loopback(const address& at) {
  if (at.is_v6() && at.to_v6().is_v4_mapped())
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, at.to_v6()).is_loopback();
  return at.is_loopback();
}

}  // namespace

Hosts::Hosts(std::string_view listen, const std::vector<std::string>& names, std::string_view machine) {
  const std::string own = bare(listen);
  const std::optional<address> at = number(own);
  loopback_only_ = at ? is_loopback(*at) : own == "localhost";
  names_.insert("localhost");
  for (const std::string& name : names) names_.insert(bare(name));
  if (loopback_only_) return;
  if (!at && !own.empty()) names_.insert(own);
  if (!machine.empty()) names_.insert(bare(machine));
}

bool Hosts::allows(std::string_view host) const {
  const std::string name = bare(host);
  if (names_.find(name) != names_.end()) return true;
  if (const std::optional<address> at = number(name)) return !loopback_only_ || is_loopback(*at);
  return !name.empty() && name.find_first_of(".:[]") == std::string::npos;
}

std::string machine_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string();
}

}  // namespace altmind::http
