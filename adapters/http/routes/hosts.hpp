#pragma once
// Names by which this server may be called.

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace altmind::http {

/// A web page whose own name was made to point to this machine ("DNS rebinding") sends that name as `Host`, and to its
/// browser everything here is of one site with it. So what learns or operates answers only to names that nobody can
/// have bought: names without a dot, loopback's addresses and what the configuration names; beyond loopback also every
/// address as a number and the machine's own name.
class Hosts {
 public:
  /// listen: http.listen; names: http.hosts; machine: what this machine calls itself.
  Hosts(std::string_view listen, const std::vector<std::string>& names, std::string_view machine);

  /// host: the value of a Host field, with or without a port, which may be any: ports are mapped.
  bool allows(std::string_view host) const;

 private:
  bool loopback_only_;
  std::set<std::string, std::less<>> names_;  ///< in lower case
};

/// What gethostname() says; empty if it says nothing.
std::string machine_name();

}  // namespace altmind::http
