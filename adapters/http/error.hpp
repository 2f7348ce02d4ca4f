#pragma once
// The one shape of every error answer.

#include <string>
#include <string_view>

#include "adapters/http/message.hpp"

namespace altmind::http {

/// Metrics label of requests that no route took.
inline constexpr std::string_view unmatched_route = "unmatched";

/// `{"error": message, "reason": reason}`. 429 and 503 carry `Retry-After: 1`: waiting helps there.
Response error_response(int status, std::string_view reason, std::string_view message);

/// 200 with a JSON body that is made for this request.
Response json_response(std::string body, int status = 200);

}  // namespace altmind::http
