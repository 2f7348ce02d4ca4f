#pragma once
// One HTTP connection: reads requests and writes responses; every wait has a deadline.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "adapters/http/message.hpp"
#include "adapters/http/wire/connection_context.hpp"
#include "adapters/http/wire/head.hpp"
#include "adapters/http/wire/stream.hpp"

namespace altmind::http {

/// Serves requests one after the other until the client, an error, a timeout or stop() ends the connection.
class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(std::unique_ptr<Stream> stream, std::shared_ptr<ConnectionContext> context);
  ~HttpConnection() { enter(Phase::ended); }
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  static boost::asio::awaitable<void> run(std::shared_ptr<HttpConnection> self);

  /// Closes an idle connection immediately; lets a request that is being handled finish; one that is still being
  /// received or answered gets one more second. Call after setting context.stopping.
  void stop();
  /// Closes the connection immediately in any phase.
  void abort();

 private:
  enum class Phase { idle, beginning, receiving, handling, answering, ended };
  enum class Got { bytes, end, expired };

  boost::asio::awaitable<bool> serve();
  boost::asio::awaitable<void> take_turn();
  boost::asio::awaitable<std::optional<Head>> receive_head();
  boost::asio::awaitable<bool> receive_body(const Head& head, std::string& body);
  boost::asio::awaitable<bool> receive_plain(std::size_t length, std::string& body);
  boost::asio::awaitable<bool> receive_chunked(std::string& body);
  boost::asio::awaitable<bool> may_go_on(Got got, std::size_t size);
  boost::asio::awaitable<Response> handle(Request& request);
  boost::asio::awaitable<bool> write(const Response& response, bool body_too, bool keep_alive, int minor);
  boost::asio::awaitable<void> reject(RejectedRequest rejected);
  boost::asio::awaitable<void> finish_sending();
  boost::asio::awaitable<void> discard();
  boost::asio::awaitable<Got> read_some(std::string& into, std::size_t most);

  std::list<HttpConnection*>& list_of(Phase phase);
  void enter(Phase phase);
  bool claim(std::size_t body_bytes);
  void release();
  void arm(std::chrono::milliseconds limit);
  void disarm();

  const std::unique_ptr<Stream> stream_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<ConnectionContext> context_;
  std::string buffer_;  ///< received but not yet consumed
  Phase phase_ = Phase::ended;
  std::list<HttpConnection*> here_;  ///< holds this connection while it is in no list of the context
  std::list<HttpConnection*>::iterator place_;
  unsigned reads_ = 0;
  bool waited_ = true;       ///< whether it has waited for bytes since the last request
  std::uint64_t armed_ = 0;  ///< number of the current deadline, to ignore the late wake-up of an old timer
  bool expired_ = false;
  std::size_t claimed_ = 0;  ///< this connection's share of context_->body_bytes
};

}  // namespace altmind::http
