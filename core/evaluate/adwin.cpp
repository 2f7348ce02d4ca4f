#include "core/evaluate/adwin.hpp"

#include <algorithm>
#include <cmath>

namespace altmind {

namespace {

constexpr std::uint64_t cut_every = 32;
constexpr std::uint64_t fewest = 5;  // least numbers on either side of a cut

AdwinBucket merged(const AdwinBucket& a, const AdwinBucket& b) {
  return {a.sum + b.sum, a.squares + b.squares};
}

void drop_oldest(AdwinRow& row, std::size_t n) {
  const auto rest =
      std::move(row.buckets.begin() + static_cast<std::ptrdiff_t>(n), row.buckets.end(), row.buckets.begin());
  std::fill(rest, row.buckets.end(), AdwinBucket{});  // cleared, so that windows of the same buckets compare equal
  row.count -= n;
}

void insert(double x, Adwin& window) {
  AdwinBucket bucket{x, x * x};
  for (std::size_t i = 0;; ++i) {
    if (i == window.rows.size()) window.rows.emplace_back();
    AdwinRow& row = window.rows[i];
    row.buckets[row.count++] = bucket;
    if (row.count <= AdwinRow::most) break;
    bucket = merged(row.buckets[0], row.buckets[1]);
    drop_oldest(row, 2);
  }
  ++window.count;
  window.sum += x;
  window.squares += x * x;
}

/// Returns the bound on |mean0 - mean1|. log: ln(2/delta').
double bound(double log, double variance, std::uint64_t n0, std::uint64_t n1) {
  const double inverse = 1.0 / static_cast<double>(n0) + 1.0 / static_cast<double>(n1);
  return std::sqrt(2.0 * inverse * variance * log) + 2.0 / 3.0 * inverse * log;
}

/// Returns the division that exceeds its bound most, if any does; its `since` is n1.
std::optional<Change> division(double delta, const Adwin& window) {
  const auto n = static_cast<double>(window.count);
  const double average = window.sum / n;
  const double variance = std::max(0.0, window.squares / n - average * average);
  const double log = std::log(2.0 * std::log(n) / delta);
  std::optional<Change> found;
  std::uint64_t n0 = 0;
  double sum0 = 0.0;
  for (std::size_t i = window.rows.size(); i-- > 0;) {
    for (std::size_t k = 0; k < window.rows[i].count; ++k) {
      n0 += std::uint64_t{1} << i;
      sum0 += window.rows[i].buckets[k].sum;
      const std::uint64_t n1 = window.count - n0;
      if (n0 < fewest) continue;
      if (n1 < fewest) return found;
      const double before = sum0 / static_cast<double>(n0);
      const double after = (window.sum - sum0) / static_cast<double>(n1);
      const double difference = std::abs(after - before);
      const double most = bound(log, variance, n0, n1);
      if (difference > most && (!found || difference - most > found->statistic - found->threshold)) {
        found = Change{before, after, difference, most, n1};
      }
    }
  }
  return found;
}

void drop_oldest_bucket(Adwin& window) {
  drop_oldest(window.rows.back(), 1);
  window.count -= std::uint64_t{1} << (window.rows.size() - 1);
  while (!window.rows.empty() && window.rows.back().count == 0) window.rows.pop_back();
  // Recomputed, since subtracting would accumulate rounding errors.
  window.sum = window.squares = 0.0;
  for (const AdwinRow& row : window.rows) {
    for (std::size_t k = 0; k < row.count; ++k) {
      window.sum += row.buckets[k].sum;
      window.squares += row.buckets[k].squares;
    }
  }
}

}  // namespace

std::optional<Change> update(const AdwinOptions& options, double x, Adwin& window) {
  insert(x, window);
  if (++window.taken % cut_every != 0 || window.count < 2 * fewest) return std::nullopt;
  const std::optional<Change> first = division(options.delta, window);
  if (!first) return std::nullopt;
  do {
    drop_oldest_bucket(window);
  } while (window.count >= 2 * fewest && division(options.delta, window));
  return first->after > first->before ? first : std::nullopt;
}

}  // namespace altmind
