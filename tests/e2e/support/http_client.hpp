#pragma once
// A minimal HTTP/1.1 client over one keep-alive connection.

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "tests/e2e/support/socket.hpp"

namespace altmind::e2e {

struct HttpReply {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;

  nlohmann::json json() const { return nlohmann::json::parse(body); }
};

/// For one thread. Connects when needed; a request without a complete response is not repeated.
class HttpClient {
 public:
  explicit HttpClient(std::uint16_t port) : port_(port) {}

  /// Returns nothing if the connection ended before the response was complete.
  std::optional<HttpReply> get(std::string_view path) { return request("GET", path, {}, {}); }
  std::optional<HttpReply> post(std::string_view path, std::string_view body,
                                const std::map<std::string, std::string>& headers = {}) {
    return request("POST", path, body, headers);
  }

 private:
  std::optional<HttpReply> request(std::string_view method, std::string_view path, std::string_view body,
                                   const std::map<std::string, std::string>& headers);

  std::uint16_t port_;
  std::optional<Socket> socket_;
};

}  // namespace altmind::e2e
