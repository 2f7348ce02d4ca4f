#pragma once
// ADWIN: an adaptive window over a stream of numbers in [0, 1] that grows while its mean does not change.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/evaluate/change.hpp"

namespace altmind {

struct AdwinOptions {
  double delta = 0.0002;  ///< confidence: the smaller, the fewer false cuts
};

/// Sums over 2^i consecutive numbers of the stream.
struct AdwinBucket {
  double sum = 0.0;
  double squares = 0.0;

  bool operator==(const AdwinBucket&) const = default;
};

/// The buckets of one size, oldest first.
struct AdwinRow {
  static constexpr std::size_t most = 5;  ///< M; a further bucket triggers a merge

  std::array<AdwinBucket, most + 1> buckets;
  std::size_t count = 0;

  bool operator==(const AdwinRow&) const = default;
};

/// The window as an exponential histogram: O(M log n) memory for n numbers. A value type.
struct Adwin {
  std::vector<AdwinRow> rows;  ///< row i: buckets of 2^i numbers; newer ones first
  std::uint64_t count = 0;     ///< n, numbers in the window
  double sum = 0.0;
  double squares = 0.0;
  std::uint64_t taken = 0;  ///< numbers ever taken

  bool operator==(const Adwin&) const = default;
};

/// Takes one number in [0, 1]. Checks the window every 32 numbers: while some boundary between buckets
/// divides it into an older part of n0 and a newer one of n1 numbers with
///
///   |mean0 - mean1| > sqrt(2/m sigma^2 ln(2/delta')) + 2/(3m) ln(2/delta')
///   1/m = 1/n0 + 1/n1,  delta' = delta / ln n,  sigma^2 the variance of the window
///
/// the oldest bucket is dropped. Returns a change if the mean rose, for the division that exceeds its bound most; a
/// falling mean only shortens the window. Both parts have at least five numbers.
/// Bifet and Gavalda 2007, ADWIN2 with the bound of section 4.1.
std::optional<Change> update(const AdwinOptions& options, double x, Adwin& window);

inline double mean(const Adwin& window) {
  return window.count == 0 ? 0.0 : window.sum / static_cast<double>(window.count);
}

}  // namespace altmind
