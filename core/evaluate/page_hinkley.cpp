#include "core/evaluate/page_hinkley.hpp"

namespace altmind {

namespace {

constexpr std::uint64_t fewest = 30;

}  // namespace

std::optional<Change> update(const PageHinkleyOptions& options, double x, PageHinkley& test) {
  ++test.count;
  test.sum += x;
  const double mean = test.sum / static_cast<double>(test.count);
  test.excess += x - mean - options.delta;
  if (test.count == 1 || test.excess <= test.lowest) {
    test.lowest = test.excess;
    test.low_at = test.count;
    test.low_sum = test.sum;
  }
  if (test.count < fewest || statistic(test) <= options.lambda) return std::nullopt;
  Change change;
  change.since = test.count - test.low_at;
  change.before = test.low_sum / static_cast<double>(test.low_at);
  change.after = (test.sum - test.low_sum) / static_cast<double>(change.since);
  change.statistic = statistic(test);
  change.threshold = options.lambda;
  test = {};
  return change;
}

}  // namespace altmind
