#pragma once
// Threads for requests that would block the I/O thread.

#include <cstddef>
#include <functional>
#include <memory>

namespace altmind::http {

/// The threads that handle a request. Each lane has its own queue, so that short requests never wait behind long ones.
enum class Lane {
  quick,        ///< predictions of about a millisecond
  predictions,  ///< longer ones
  ingest,       ///< samples to learn from: one request at a time
  status,       ///< status and metrics of the daemon
};

/// One thread per lane, except `predictions`, which has a few. Thread-safe.
class Workers {
 public:
  using Job = std::function<void()>;

  /// waiting: maximum number of waiting jobs per lane.
  explicit Workers(std::size_t waiting = 1024);
  /// Waits for running jobs; drops waiting ones.
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Runs `job`, which must not throw, once a thread of its lane is free. False: too many jobs wait, and it was not
  /// taken.
  bool run(Lane lane, Job job);

 private:
  struct Queue;
  std::unique_ptr<Queue[]> queues_;
};

}  // namespace altmind::http
