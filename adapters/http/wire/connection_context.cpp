#include "adapters/http/wire/connection_context.hpp"

#include "adapters/http/wire/connection.hpp"

namespace altmind::http {

bool ConnectionContext::make_room() {
  for (const std::list<HttpConnection*>* longest : {&idle, &beginning, &waited_for}) {
    if (longest->empty()) continue;
    longest->front()->abort();
    return true;
  }
  return false;
}

void ConnectionContext::pass_turn() {
  turn_taken = !waiting_for_turn.empty();
  if (turn_taken) waiting_for_turn.front().cancel();
}

}  // namespace altmind::http
