#pragma once
// One HTTP connection: bytes to requests, responses to bytes, every wait with an end.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "adapters/http/answer_budget.hpp"
#include "adapters/http/wire/head.hpp"
#include "adapters/http/wire/server.hpp"

namespace altmind::http {

class HttpConnection;

/// Answers of the largest size that all connections together may hold, beyond those of predictions.
inline constexpr std::size_t answers_at_once = 2;

/// What all connections of a server share. Lives on the io_context's thread.
struct ConnectionContext {
  HttpOptions options;
  Handler handler;
  RequestObserved observed;
  bool stopping = false;
  std::size_t body_bytes = 0;             ///< of all requests being received or handled
  std::shared_ptr<AnswerBudget> answers;  ///< of those that came without a claim to another budget
  std::list<HttpConnection*> idle;        ///< between requests, the longest first
  std::list<HttpConnection*> beginning;   ///< in the middle of a request's head, the longest first
  std::list<HttpConnection*> waited_for;  ///< for the rest of a body, or to take an answer, the longest first
  /// Connections whose next request is there already, in their order: one of them goes on at a time, and between two of
  /// them everybody else who is ready.
  std::list<boost::asio::steady_timer> waiting_for_turn;
  bool turn_taken = false;
  /// What a read fills before a connection keeps it: one that waits has no buffer of its own.
  std::unique_ptr<char[]> received = std::make_unique_for_overwrite<char[]>(received_bytes);

  static constexpr std::size_t received_bytes = 128 << 10;

  /// Ends the connection that has waited longest for a request, or else for the rest of a request's head, or else has
  /// been longest in sending a body or taking an answer. False: the request of every one is being handled.
  bool make_room();
  /// Lets the next one of `waiting_for_turn` go on.
  void pass_turn();
};

/// Serves requests one after the other until the client, an error, a time-out or stop() ends it.
class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(boost::asio::ip::tcp::socket socket, std::shared_ptr<ConnectionContext> context);
  ~HttpConnection() { enter(Phase::ended); }
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  static boost::asio::awaitable<void> run(std::shared_ptr<HttpConnection> self);

  /// Ends an idle connection at once; lets a request that is being handled finish; one that is still
  /// arriving, or being answered, has a second left. Call after context.stopping was set.
  void stop();
  /// Ends it whatever it does.
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
  boost::asio::awaitable<void> refuse(Refusal refusal);
  boost::asio::awaitable<void> discard();
  boost::asio::awaitable<Got> read_some(std::string& into, std::size_t most);

  std::list<HttpConnection*>& list_of(Phase phase);
  void enter(Phase phase);
  bool claim(std::size_t body_bytes);
  void release();
  void arm(std::chrono::milliseconds limit);
  void disarm();

  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<ConnectionContext> context_;
  std::string buffer_;  ///< received and not yet used
  Phase phase_ = Phase::ended;
  std::list<HttpConnection*> here_;  ///< this connection, while it is in no list of the context
  std::list<HttpConnection*>::iterator place_;
  unsigned reads_ = 0;
  bool waited_ = true;       ///< for bytes, since the last request
  std::uint64_t armed_ = 0;  ///< numbers deadlines: an old timer's late wake-up is ignored
  bool expired_ = false;
  std::size_t claimed_ = 0;  ///< this connection's part of context_->body_bytes
};

}  // namespace altmind::http
