#pragma once
// The memory of answers: all that are being made or wait to be taken share one bound.

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace altmind::http {

/// Bytes of many answers together. Thread-safe; outlived by its claims.
class AnswerBudget {
 public:
  explicit AnswerBudget(std::size_t most) : most_(most) {}

  /// True if `bytes` more fit, and then they are counted.
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

/// What one answer takes of a budget, until it is destroyed. One thread at a time.
class AnswerClaim {
 public:
  explicit AnswerClaim(std::shared_ptr<AnswerBudget> budget) : budget_(std::move(budget)) {}
  ~AnswerClaim() { budget_->give_back(bytes_); }
  AnswerClaim(const AnswerClaim&) = delete;
  AnswerClaim& operator=(const AnswerClaim&) = delete;

  /// The answer takes `bytes` by now. False: they do not fit, and the claim stays as it was.
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
