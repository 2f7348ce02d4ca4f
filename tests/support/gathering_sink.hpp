#pragma once
// A sink that stores groups until the test acknowledges them.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "adapters/ingest/ledger.hpp"
#include "core/samples/sample_sink.hpp"

namespace altmind {

/// Holds groups of up to `capacity` samples in all until they are acknowledged, at once (`automatic`) or by the test.
/// Records acknowledged groups in the ledger, as the writer does. Thread-safe.
class GatheringSink final : public SampleSink {
 public:
  static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

  explicit GatheringSink(ingest::Ledger& ledger, std::size_t capacity = unlimited, bool automatic = true)
      : ledger_(ledger), capacity_(capacity), automatic_(automatic) {}

  Offered offer(Group& group, OnDurable on_durable) override {
    {
      const std::lock_guard lock(mutex_);
      ++offers_;
      if (closed_) return {Admission::closed, {}};
      if (held_ > 0 && held_ + group.samples.count > capacity_) return {Admission::full, {}};
      held_ += group.samples.count;
      accepted_ += group.samples.count;
      waiting_groups_.push_back({std::move(group), std::move(on_durable)});
      changed_.notify_all();
    }
    if (automatic_) acknowledge(1);
    return {Admission::accepted, refused_};
  }

  void when_room(std::size_t, std::function<void()> ready) override {
    {
      const std::lock_guard lock(mutex_);
      if (held_ > 0 && !closed_) {
        ready_.push_back(std::move(ready));
        changed_.notify_all();
        return;
      }
    }
    ready();
  }

  /// Acknowledges the oldest `groups` groups; durable = false simulates a journal failure.
  void acknowledge(std::size_t groups, bool durable = true) {
    for (std::size_t i = 0; i < groups; ++i) {
      Held held;
      std::vector<std::function<void()>> ready;
      std::uint64_t last = 0;
      {
        const std::lock_guard lock(mutex_);
        if (waiting_groups_.empty()) return;
        held = std::move(waiting_groups_.front());
        waiting_groups_.pop_front();
        held_ -= held.group.samples.count;
        ready.swap(ready_);
        sequence_ += held.group.samples.count;
        last = sequence_;
        if (durable) ledger_.record(held.group.origin, held.group.samples.count, last);
      }
      held.on_durable(Receipt{durable, last});
      if (durable) {
        const std::lock_guard lock(mutex_);
        durable_.push_back(std::move(held.group));
        changed_.notify_all();
      }
      for (const auto& call : ready) call();
    }
  }

  /// Simulates a crash: drops everything unacknowledged.
  void forget() {
    const std::lock_guard lock(mutex_);
    waiting_groups_.clear();
  }

  void close() {
    std::vector<std::function<void()>> ready;
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      ready.swap(ready_);
    }
    for (const auto& call : ready) call();
  }

  /// Sets the indices to report as refused for every group from now on.
  void refuse(std::vector<std::size_t> indices) { refused_ = std::move(indices); }

  bool wait_accepted(std::uint64_t samples) {
    return wait([&] { return accepted_ >= samples; });
  }
  bool wait_durable(std::uint64_t samples) {
    return wait([&] { return durable_samples() >= samples; });
  }
  bool wait_source_waits() {
    return wait([&] { return !ready_.empty(); });
  }
  bool wait_groups(std::size_t groups) {
    return wait([&] { return durable_.size() >= groups; });
  }

  std::size_t waiting_groups() const {
    const std::lock_guard lock(mutex_);
    return waiting_groups_.size();
  }
  std::uint64_t offers() const {
    const std::lock_guard lock(mutex_);
    return offers_;
  }
  std::vector<Group> durable() const {
    const std::lock_guard lock(mutex_);
    return durable_;
  }
  /// Returns the first feature of every durable sample, in order.
  std::vector<float> first_features(std::size_t inputs) const {
    const std::lock_guard lock(mutex_);
    std::vector<float> all;
    for (const Group& group : durable_) {
      for (std::size_t i = 0; i < group.samples.count; ++i) all.push_back(group.samples.x[i * inputs]);
    }
    return all;
  }

 private:
  struct Held {
    Group group;
    OnDurable on_durable;
  };

  template <class Condition>
  bool wait(Condition condition) {
    constexpr std::chrono::seconds patience{60};
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, condition);
  }
  std::uint64_t durable_samples() const {
    std::uint64_t count = 0;
    for (const Group& group : durable_) count += group.samples.count;
    return count;
  }

  ingest::Ledger& ledger_;
  const std::size_t capacity_;
  const bool automatic_;
  std::vector<std::size_t> refused_;

  mutable std::mutex mutex_;  ///< protects all below
  std::condition_variable changed_;
  std::deque<Held> waiting_groups_;
  std::vector<Group> durable_;
  std::vector<std::function<void()>> ready_;
  std::uint64_t held_ = 0;
  std::uint64_t accepted_ = 0;
  std::uint64_t sequence_ = 0;
  std::uint64_t offers_ = 0;
  bool closed_ = false;
};

/// Polls `done` until it is true: for states that no callback announces.
template <class Condition>
bool eventually(Condition done) {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  for (int i = 0; i < 4000; ++i) {
    if (done()) return true;
    never.wait_for(lock, std::chrono::milliseconds(5));
  }
  return done();
}

}  // namespace altmind
