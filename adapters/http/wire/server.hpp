#pragma once
// HTTP/1.1 on one listener: framing, limits, timeouts. Request handling is left to the routes.

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "adapters/http/http_options.hpp"
#include "adapters/http/message.hpp"

namespace altmind::http {

/// Called for every answered request (for metrics) with its route pattern, status and duration.
using RequestObserved = std::function<void(const std::string& route, int status, double seconds)>;
using Handler = std::function<void(Request, Respond)>;

/// An HTTP/1.1 server. Used only on the io_context's single thread.
class HttpServer {
 public:
  HttpServer(boost::asio::io_context& io, HttpOptions options, Handler handler, RequestObserved observed);
  ~HttpServer();

  void start();                ///< binds and listens; throws std::runtime_error naming the address
  std::uint16_t port() const;  ///< the bound port
  /// Stops accepting, lets running requests finish with `Connection: close`, then runs `done`.
  void stop(std::function<void()> done);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace altmind::http
