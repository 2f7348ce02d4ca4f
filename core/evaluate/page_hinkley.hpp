#pragma once
// The Page-Hinkley test: detects a rise of a mean by the cumulative sum of deviations from it.

#include <cstdint>
#include <optional>

#include "core/evaluate/change.hpp"

namespace altmind {

struct PageHinkleyOptions {
  double delta = 0.01;    ///< smaller rises of the mean are ignored
  double lambda = 100.0;  ///< threshold, in units of the sum of x
};

/// State of the test. A value type.
struct PageHinkley {
  std::uint64_t count = 0;   ///< numbers since the start or the last change
  double sum = 0.0;          ///< sum of x_t
  double excess = 0.0;       ///< m_T
  double lowest = 0.0;       ///< M_T
  std::uint64_t low_at = 0;  ///< count when m_T was last at its lowest
  double low_sum = 0.0;      ///< sum of x_t up to then

  bool operator==(const PageHinkley&) const = default;
};

/// Takes one number. Returns a change if there is one, and then resets the test:
///
///   m_T = sum_t (x_t - mean_t - delta),  M_T = min_t m_t,  change: m_T - M_T > lambda
///
/// mean_t is the mean of x_1 .. x_t. Reports nothing before the 30th number, while the mean is unreliable. A rise
/// by r is detected after about lambda / (r - delta) numbers. The change is dated at the last minimum of m_t, which may
/// be long before it if x is noisy: `after` is then a mean over both sides. Page 1954, Hinkley 1971; in this form in
/// Gama and others 2014, section 3.2.
std::optional<Change> update(const PageHinkleyOptions& options, double x, PageHinkley& test);

/// Returns m_T - M_T.
inline double statistic(const PageHinkley& test) {
  return test.excess - test.lowest;
}

}  // namespace altmind
