#pragma once
// One rendering for all who ask for the same before it began.

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "adapters/http/message.hpp"

namespace altmind::http {

/// What many ask for at once is made once, and nobody is told what was before his question. Thread-safe.
class SharedAnswer {
 public:
  using Make = std::function<Response()>;
  struct Round {
    std::vector<Respond> askers;
    Make make;
  };

  /// make: takes the place of that of an earlier asker. True: a rendering is to be started.
  bool ask(Respond respond, Make make) {
    const std::lock_guard lock(mutex_);
    round_.askers.push_back(std::move(respond));
    round_.make = std::move(make);
    return round_.askers.size() == 1;
  }

  /// Who is to be answered by the rendering that begins now.
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
