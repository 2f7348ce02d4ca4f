#pragma once
// Access control of routes.

#include <optional>

#include "adapters/http/message.hpp"
#include "adapters/http/routes/hosts.hpp"

namespace altmind::http {

/// A web page open in a browser on this machine can send requests here. A page of another site could otherwise teach a
/// model or make it write; so could a page whose name was made to resolve to this machine (DNS rebinding).
enum class Access {
  anyone,     ///< anyone who reaches the port; a page only if it uses one of this server's names
  own_pages,  ///< programs, and pages of this server
  operators,  ///< the same, from this machine only
};

/// Returns the error response if the request may not use its route, else nullopt. `hosts`: names of this server.
std::optional<Response> rejection_of(Access access, const Hosts& hosts, const Request& request);

}  // namespace altmind::http
