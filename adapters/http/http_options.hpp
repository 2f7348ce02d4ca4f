#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace altmind::http {

/// [http] of the configuration.
struct HttpOptions {
  std::string listen = "127.0.0.1:8080";  ///< address:port; [::1]:8080 for IPv6; port 0 = any; empty: no HTTP
  std::vector<std::string> hosts;         ///< further names that clients may use for this server, see hosts.hpp
  bool insecure = false;                  ///< allow listening beyond loopback (HTTP and TCP) without tokens
  std::size_t max_samples = 10'000;       ///< of one request
  std::size_t max_header = 16 << 10;      ///< bytes of request line and headers: 431
  std::size_t max_body = 32 << 20;        ///< bytes: 413
  std::size_t max_answer = 32 << 20;   ///< bytes of predictions: 413; all pending answers: eight times that, then 503
  std::size_t max_connections = 1024;  ///< beyond it the one that has kept the server waiting longest is closed
  std::chrono::milliseconds header_timeout{10'000};  ///< first byte to end of headers: 408
  std::chrono::milliseconds body_timeout{30'000};    ///< end of headers to end of body: 408
  std::chrono::milliseconds write_timeout{30'000};
  std::chrono::milliseconds idle_timeout{60'000};  ///< keep-alive connections without a request

  bool operator==(const HttpOptions&) const = default;
};

}  // namespace altmind::http
