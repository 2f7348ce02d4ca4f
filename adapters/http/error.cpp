#include "adapters/http/error.hpp"

namespace altmind::http {

Response error_response(int status, std::string_view reason, std::string_view message, const Members& more) {
  Response response = object_response(
      [&](JsonWriter& json) {
        json.key("error").string(message).key("reason").string(reason);
        if (more) more(json);
      },
      status);
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

Response object_response(const Members& members, int status) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  members(json);
  json.end_object();
  body += '\n';
  return json_response(std::move(body), status);
}

}  // namespace altmind::http
