#include "adapters/http/error.hpp"

#include "adapters/http/json_text.hpp"

namespace altmind::http {

Response error_response(int status, std::string_view reason, std::string_view message) {
  std::string body = "{\"error\":";
  append_json_string(body, message);
  body += ",\"reason\":";
  append_json_string(body, reason);
  body += "}\n";
  Response response = json_response(std::move(body), status);
  response.route = unmatched_route;
  if (status == 429 || status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

Response json_response(std::string body, int status) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

}  // namespace altmind::http
