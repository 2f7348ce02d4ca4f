#pragma once
// What the connections of a server share: who may be ended for others, whose turn it is, the memory of all together.

#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <list>
#include <memory>

#include "adapters/http/answer_budget.hpp"
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

}  // namespace altmind::http
