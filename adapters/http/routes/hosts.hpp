#pragma once
// The names under which this server may be addressed.

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace altmind::http {

/// A web page whose own name was made to resolve to this machine (DNS rebinding) sends that name as `Host`, and its
/// browser takes this server for the same site. So routes that learn or operate answer only to names that nobody can
/// have bought: names without a dot, loopback addresses and configured names; beyond loopback also every numeric
/// address and the machine's own name.
class Hosts {
 public:
  /// listen: http.listen; names: http.hosts; machine: this machine's host name.
  Hosts(std::string_view listen, const std::vector<std::string>& names, std::string_view machine);

  /// True if `host`, the value of a Host field, is allowed. It may have any port or none: ports may be mapped.
  bool allows(std::string_view host) const;

 private:
  bool loopback_only_;
  std::set<std::string, std::less<>> names_;  ///< in lower case
};

/// Returns the result of gethostname(); empty if it fails.
std::string machine_name();

}  // namespace altmind::http
