#pragma once
// The common shape of all error responses, and of JSON responses.

#include <functional>
#include <string>
#include <string_view>

#include "adapters/http/json_writer.hpp"
#include "adapters/http/message.hpp"

namespace altmind::http {

/// Metrics label of requests that matched no route.
inline constexpr std::string_view unmatched_route = "unmatched";

/// Writes members of an object that has begun and that the caller ends.
using Members = std::function<void(JsonWriter&)>;

/// `{"error": message, "reason": reason}`, then the members that `more` writes, if any. 429 and 503 carry
/// `Retry-After: 1`, as a retry may succeed.
Response error_response(int status, std::string_view reason, std::string_view message, const Members& more = {});

/// A JSON response that must not be cached; 200 by default.
Response json_response(std::string body, int status = 200);

/// The same, with an object of these members, on a line.
Response object_response(const Members& members, int status = 200);

}  // namespace altmind::http
