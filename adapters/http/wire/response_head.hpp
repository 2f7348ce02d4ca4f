#pragma once
// Serialises the head of an HTTP/1.1 response.

#include <string>

#include "adapters/http/message.hpp"

namespace altmind::http {

/// Returns the status line, the header fields with the current date, and the empty line. `minor` is that of the
/// request's HTTP/1.minor: a 1.0 client needs an explicit `Connection: keep-alive`.
std::string response_head(const Response& response, bool keep_alive, int minor);

}  // namespace altmind::http
