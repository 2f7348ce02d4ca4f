#pragma once
// The bounded queue between sources and the writer.

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <limits>
#include <list>
#include <mutex>
#include <optional>
#include <vector>

#include "core/samples/label_table.hpp"
#include "core/samples/sample_sink.hpp"
#include "core/samples/vocabulary.hpp"

namespace altmind::daemon {

/// Thread-safe. Admission also turns names of classes and categories into indices, under the queue's lock, so that
/// indices are assigned in the order in which the journal will hold the samples.
class SampleQueue final : public SampleSink {
 public:
  struct Entry {
    Group group;
    OnDurable on_durable;
    bool boundary = false;  ///< no group: a task ends after the entries before it
  };

  /// capacity: maximum number of waiting samples (a single larger group is admitted if the queue is empty). labels,
  /// categories: the names known so far.
  SampleQueue(const SampleSpec& spec, std::size_t capacity, LabelTable labels, Vocabularies categories = {});

  Offered offer(Group& group, OnDurable on_durable) override;
  void when_room(std::size_t samples, std::function<void()> ready) override;

  /// Puts a boundary between the samples admitted so far and later ones; needs no room. `on_durable` as for a group,
  /// with the number of the last sample before the boundary. False, without a receipt, once closed.
  bool announce(OnDurable on_durable);

  /// Returns waiting entries, in order, until at least `enough` samples are taken; empty at `deadline`. If all that
  /// waits is batchable and less than `enough`, waits for more, as long as `linger` says; it is called under the
  /// queue's lock, once there is something. Nullopt once closed and drained.
  std::optional<std::vector<Entry>> take(std::optional<std::chrono::steady_clock::time_point> deadline,
                                         std::size_t enough = std::numeric_limits<std::size_t>::max(),
                                         const std::function<std::chrono::milliseconds()>& linger = {});

  /// Puts entries that did not reach the journal back in front of all others: batchable ones wait again, in their
  /// order; all others, including waiting ones, are returned, to be refused. Names that only the latter introduced are
  /// forgotten.
  std::vector<Entry> put_back(std::vector<Entry> entries);

  /// Waits for close(); false if it does not come within `most`.
  bool wait_for_close(std::chrono::milliseconds most);

  /// Admits no more; take() drains what is there. Wakes all waiters.
  void close();

  std::size_t samples() const;
  std::size_t capacity() const { return capacity_; }

 private:
  struct Waiter {
    std::size_t samples;
    std::function<void()> ready;
  };
  bool fits(std::size_t samples) const { return samples_ == 0 || samples_ + samples <= capacity_; }
  std::vector<std::size_t> admit(Group& group);
  std::vector<std::size_t> name_classes(Group& group);
  std::vector<Entry> sort_out(std::vector<Entry> entries);
  void readmit(Group& group, const std::vector<std::size_t>& kept,
               const std::vector<std::vector<std::string>>& taken_back);
  std::vector<std::function<void()>> ready_waiters();
  bool wait(std::unique_lock<std::mutex>& lock, std::optional<std::chrono::steady_clock::time_point> deadline);
  bool more_may_come() const {
    return !closed_ && urgent_ == 0 && waiters_.empty() && samples_ < enough_ && !contended_;
  }

  const SampleSpec spec_;
  const std::size_t capacity_;

  mutable std::mutex mutex_;  // protects all below
  std::condition_variable arrived_;
  std::deque<Entry> entries_;
  std::list<Waiter> waiters_;
  std::size_t samples_ = 0;
  std::size_t urgent_ = 0;  // entries that are not batchable
  std::size_t enough_ = 0;  // samples that end the current wait
  bool contended_ = false;  // a sender that needs an answer found no room since the last take
  std::chrono::steady_clock::time_point contended_until_{};
  bool closed_ = false;
  LabelTable labels_;
  Vocabularies categories_;  // one per column
};

}  // namespace altmind::daemon
