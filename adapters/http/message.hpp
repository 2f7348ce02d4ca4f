#pragma once
// HTTP requests and responses, independent of any socket.

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
  bool from_loopback = false;  ///< whether the peer is on this machine; admin routes require it
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string route;                  ///< pattern that matched, for metrics; from a bounded set
  std::shared_ptr<const void> claim;  ///< the body's share of a budget; null: not counted yet
};

/// Must be called exactly once; may be called from any thread.
using Respond = std::function<void(Response)>;

}  // namespace altmind::http
