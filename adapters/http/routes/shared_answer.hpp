#pragma once
// Coalesces concurrent requests for the same answer.

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "adapters/http/message.hpp"

namespace altmind::http {

/// Coalesces concurrent requests: one rendering answers everyone who asked before it began. Thread-safe.
class SharedAnswer {
 public:
  using Make = std::function<Response()>;
  struct Round {
    std::vector<Respond> askers;
    Make make;
  };

  /// make: replaces that of an earlier request. True: the caller must start a rendering.
  bool ask(Respond respond, Make make) {
    const std::lock_guard lock(mutex_);
    round_.askers.push_back(std::move(respond));
    round_.make = std::move(make);
    return round_.askers.size() == 1;
  }

  /// Begins a rendering: returns the requests that it will answer.
  Round begin() {
    const std::lock_guard lock(mutex_);
    return std::exchange(round_, {});
  }

 private:
  std::mutex mutex_;
  Round round_;
};

inline void answer_all(const SharedAnswer::Round& round, const Response& response) {
  for (const Respond& respond : round.askers) respond(response);
}

}  // namespace altmind::http
