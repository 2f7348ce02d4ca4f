#pragma once
// The head of an HTTP/1.1 response as bytes.

#include <string>

#include "adapters/http/message.hpp"

namespace altmind::http {

/// Status line, header fields and the empty line behind them, with the date of now. `minor` is that of the request's
/// HTTP/1.minor: 1.0 must be told that the connection stays.
std::string response_head(const Response& response, bool keep_alive, int minor);

}  // namespace altmind::http
