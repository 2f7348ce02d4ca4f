#pragma once
// Numbers of samples: rounded to float32, with rounding residuals where they matter.

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace altmind {

/// The residuals of rounding a list of numbers to float32: number = rounded + residual, to about 48 bits. Ends at the
/// last non-zero residual, so a list of ordinary numbers stores none, and equal lists compare equal.
class Residuals {
 public:
  bool empty() const { return values_.empty(); }
  std::span<const float> values() const { return values_; }
  float operator[](std::size_t i) const { return i < values_.size() ? values_[i] : 0.0F; }

  /// Sets the residual of number i, which must come after all numbers that have one.
  void add(std::size_t i, float residual) {
    if (residual == 0.0F) return;
    values_.resize(i + 1);
    values_[i] = residual;
  }
  /// Drops the residuals of numbers from index `count` on.
  void cut(std::size_t count) {
    if (values_.size() > count) values_.resize(count);
    while (!values_.empty() && values_.back() == 0.0F) values_.pop_back();
  }
  /// Appends the residuals of `count` numbers of `from`, starting at `begin`, for the numbers from `to` on. `from` may
  /// be this list if to <= begin.
  void append(const Residuals& from, std::size_t begin, std::size_t count, std::size_t to) {
    for (std::size_t i = begin; i < std::min(begin + count, from.values_.size()); ++i) add(to + i - begin, from[i]);
  }

  bool operator==(const Residuals&) const = default;

 private:
  std::vector<float> values_;
};

/// A view of rounded numbers and their residuals.
class Values {
 public:
  Values(std::span<const float> rounded) : rounded_(rounded) {}
  Values(const std::vector<float>& rounded) : rounded_(rounded) {}
  Values(std::span<const float> rounded, std::span<const float> residual) : rounded_(rounded), residual_(residual) {}
  Values(const std::vector<float>& rounded, const Residuals& residuals)
      : rounded_(rounded), residual_(residuals.values()) {}

  std::size_t size() const { return rounded_.size(); }
  bool exact() const { return residual_.empty(); }  ///< no residuals
  std::span<const float> rounded() const { return rounded_; }
  double operator[](std::size_t i) const {
    const auto value = static_cast<double>(rounded_[i]);
    return i < residual_.size() ? value + static_cast<double>(residual_[i]) : value;
  }
  std::vector<double> wide() const {
    std::vector<double> all(rounded_.begin(), rounded_.end());
    for (std::size_t i = 0; i < residual_.size(); ++i) all[i] += static_cast<double>(residual_[i]);
    return all;
  }
  Values part(std::size_t begin, std::size_t count) const {
    const std::size_t from = std::min(begin, residual_.size());
    return {rounded_.subspan(begin, count), residual_.subspan(from, std::min(count, residual_.size() - from))};
  }

 private:
  std::span<const float> rounded_;
  std::span<const float> residual_;  ///< may be shorter than rounded_: missing residuals are 0
};

}  // namespace altmind
