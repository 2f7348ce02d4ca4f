#pragma once
// Passes durable batches, and the boundaries between them, from the writer to the trainer.

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

#include "daemon/batcher.hpp"

namespace altmind::daemon {

/// Bounded, thread-safe, one producer and one consumer.
class BatchQueue {
 public:
  explicit BatchQueue(std::size_t capacity) : capacity_(capacity) {}

  /// Blocks until there is room. False if the queue was closed: the batch is not taken (its samples are journalled).
  bool push(DurableBatch batch) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || batches_.size() < capacity_; });
    if (closed_) return false;
    batches_.push_back(std::move(batch));
    changed_.notify_all();
    return true;
  }
  /// Blocks; returns nullopt once closed and drained, at `deadline`, or when `wake` was called.
  std::optional<DurableBatch> pop(std::optional<std::chrono::steady_clock::time_point> deadline) {
    std::unique_lock lock(mutex_);
    const auto something = [this] { return closed_ || woken_ || !batches_.empty(); };
    if (deadline) {
      changed_.wait_until(lock, *deadline, something);
    } else {
      changed_.wait(lock, something);
    }
    woken_ = false;
    if (batches_.empty()) return std::nullopt;
    std::optional<DurableBatch> batch = std::move(batches_.front());
    batches_.pop_front();
    changed_.notify_all();
    return batch;
  }
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }
  /// Makes a blocked pop return nullopt, so that the consumer can check for other work.
  void wake() {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    changed_.notify_all();
  }
  bool empty() const {
    const std::lock_guard lock(mutex_);
    return batches_.empty();
  }
  bool drained() const {
    const std::lock_guard lock(mutex_);
    return closed_ && batches_.empty();
  }

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;  // protects all below
  std::condition_variable changed_;
  std::deque<DurableBatch> batches_;
  bool closed_ = false;
  bool woken_ = false;
};

}  // namespace altmind::daemon
