#pragma once
// Threads for requests that would hold the I/O thread.

#include <cstddef>
#include <functional>
#include <memory>

namespace altmind::http {

/// Which threads a request is handled on. Each lane has a queue of its own, so that what is short never waits
/// behind what is long.
enum class Lane {
  quick,        ///< predictions of about a millisecond
  predictions,  ///< longer ones
  ingest,       ///< samples to learn from: one after the other
  status,       ///< what the daemon tells of itself
};

/// All have one thread each but `predictions`, which has a few. Thread-safe.
class Workers {
 public:
  using Job = std::function<void()>;

  /// waiting: jobs of one lane that may wait.
  explicit Workers(std::size_t waiting = 1024);
  /// Jobs that run end; those that wait are dropped.
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Runs `job`, which does not throw, as soon as a thread of its lane is free. False: too many wait, and it was not
  /// taken.
  bool run(Lane lane, Job job);

 private:
  struct Queue;
  std::unique_ptr<Queue[]> queues_;
};

}  // namespace altmind::http
