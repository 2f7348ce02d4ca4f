#include "adapters/http/routes/access.hpp"

#include <string_view>

#include "adapters/http/error.hpp"
#include "adapters/http/text.hpp"

namespace altmind::http {

namespace {

/// True if a page of another site sent the request: browsers then set Origin.
bool from_other_site(const Request& request) {
  const auto origin = request.headers.find("origin");
  if (origin == request.headers.end()) return false;
  const std::size_t scheme = origin->second.find("://");
  const auto host = request.headers.find("host");
  return scheme == std::string::npos || host == request.headers.end() ||
         lower_case(std::string_view(origin->second).substr(scheme + 3)) != lower_case(host->second);
}

}  // namespace

std::optional<Response> rejection_of(Access access, const Hosts& hosts, const Request& request) {
  if (access == Access::operators && !request.from_loopback) {
    return error_response(403, "loopback_only", "admin routes answer on loopback only");
  }
  const bool page = request.headers.count("origin") > 0;
  const auto host = request.headers.find("host");  // optional in HTTP/1.0
  if ((access != Access::anyone || page) && host != request.headers.end() && !hosts.allows(host->second)) {
    return error_response(403, "foreign_host",
                          with_value("Host: not a name of this server; http.hosts may allow it: ", host->second));
  }
  if (access != Access::anyone && from_other_site(request)) {
    return error_response(403, "cross_origin", "a page of another site must not do this");
  }
  return std::nullopt;
}

}  // namespace altmind::http
