#pragma once
// The memory budget shared by all answers that are being written or wait to be sent.

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace altmind::http {

/// Bounds the bytes of all answers together. Thread-safe; kept alive by its claims.
class AnswerBudget {
 public:
  explicit AnswerBudget(std::size_t most) : most_(most) {}

  /// Reserves `bytes` and returns true if they fit.
  bool take(std::size_t bytes) {
    if (used_.fetch_add(bytes) + bytes <= most_) return true;
    used_.fetch_sub(bytes);
    return false;
  }
  void give_back(std::size_t bytes) { used_.fetch_sub(bytes); }
  std::size_t used() const { return used_; }

 private:
  const std::size_t most_;
  std::atomic<std::size_t> used_ = 0;
};

/// The share of a budget that one answer holds until it is destroyed. Used by one thread at a time.
class AnswerClaim {
 public:
  explicit AnswerClaim(std::shared_ptr<AnswerBudget> budget) : budget_(std::move(budget)) {}
  ~AnswerClaim() { budget_->give_back(bytes_); }
  AnswerClaim(const AnswerClaim&) = delete;
  AnswerClaim& operator=(const AnswerClaim&) = delete;

  /// Grows the claim to `bytes`. False if they do not fit; the claim is then unchanged.
  bool grow_to(std::size_t bytes) {
    if (bytes <= bytes_) return true;
    if (!budget_->take(bytes - bytes_)) return false;
    bytes_ = bytes;
    return true;
  }

 private:
  std::shared_ptr<AnswerBudget> budget_;
  std::size_t bytes_ = 0;
};

}  // namespace altmind::http
