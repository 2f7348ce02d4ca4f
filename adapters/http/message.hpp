#pragma once
// A request and a response without a socket.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace altmind::http {

struct Request {
  std::string method;                          ///< GET, HEAD, POST, ...
  std::string path;                            ///< decoded, without the query
  std::string query;                           ///< without the question mark
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
  bool from_loopback = false;  ///< the peer's address; admin routes answer only there
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string route;                  ///< pattern that matched, for metrics: bounded set
  std::shared_ptr<const void> claim;  ///< holds what the body takes of a budget; null: it is not counted yet
};

/// Runs once, from any thread.
using Respond = std::function<void(Response)>;

}  // namespace altmind::http
