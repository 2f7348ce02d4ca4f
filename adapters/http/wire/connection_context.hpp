#pragma once
// State shared by the connections of a server: eviction candidates, turns of pipelined requests, memory budgets.

#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <list>
#include <memory>

#include "adapters/http/answer_budget.hpp"
#include "adapters/http/wire/server.hpp"

namespace altmind::http {

class HttpConnection;

/// Number of answers of maximum size that all connections together may hold, not counting those of predictions.
inline constexpr std::size_t answers_at_once = 2;

/// State shared by all connections of a server. Used only on the io_context's thread.
struct ConnectionContext {
  HttpOptions options;
  Handler handler;
  RequestObserved observed;
  bool stopping = false;
  std::size_t body_bytes = 0;             ///< bytes of the bodies of all requests being received or handled
  std::shared_ptr<AnswerBudget> answers;  ///< budget of answers without a claim to another budget
  std::list<HttpConnection*> idle;        ///< between requests, longest wait first
  std::list<HttpConnection*> beginning;   ///< receiving a request's head, longest wait first
  std::list<HttpConnection*> waited_for;  ///< receiving a body or sending an answer, longest first
  /// FIFO of connections whose next request has already arrived: one is resumed at a time, and between two of them all
  /// other ready connections run.
  std::list<boost::asio::steady_timer> waiting_for_turn;
  bool turn_taken = false;
  /// Read buffer shared by all connections, so that a waiting connection needs no buffer of its own.
  std::unique_ptr<char[]> received = std::make_unique_for_overwrite<char[]>(received_bytes);

  static constexpr std::size_t received_bytes = 128 << 10;

  /// Evicts the connection that has been idle longest; if none is idle, the one that has been sending a request's head
  /// longest; otherwise the one that has been sending a body or reading an answer longest. Returns false if every
  /// connection's request is being handled.
  bool make_room();
  /// Resumes the next connection of `waiting_for_turn`.
  void pass_turn();
};

}  // namespace altmind::http
