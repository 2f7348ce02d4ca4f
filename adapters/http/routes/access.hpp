#pragma once
// Who may use a route.

#include <optional>

#include "adapters/http/message.hpp"
#include "adapters/http/routes/hosts.hpp"

namespace altmind::http {

/// A web page that somebody on this machine looks at can send requests here. One of another site could otherwise teach
/// a model or make it write; so could one whose name was made to lead here (DNS rebinding).
enum class Access {
  anyone,     ///< whoever reaches the port; a page only if it calls this server by a name of its own
  own_pages,  ///< programs, and pages of this server
  operators,  ///< the same on this machine
};

/// The answer to a request that may not have its route; nothing if it may. `hosts`: names of this server.
std::optional<Response> rejection_of(Access access, const Hosts& hosts, const Request& request);

}  // namespace altmind::http
