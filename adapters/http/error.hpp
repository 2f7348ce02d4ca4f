#pragma once
// The common shape of all error responses.

#include <string>
#include <string_view>

#include "adapters/http/message.hpp"

namespace altmind::http {

/// Metrics label of requests that matched no route.
inline constexpr std::string_view unmatched_route = "unmatched";

/// `{"error": message, "reason": reason}`. 429 and 503 carry `Retry-After: 1`, as a retry may succeed.
Response error_response(int status, std::string_view reason, std::string_view message);

/// A JSON response that must not be cached; 200 by default.
Response json_response(std::string body, int status = 200);

}  // namespace altmind::http
