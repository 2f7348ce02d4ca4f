#pragma once
// A change found by a drift detector, with its evidence.

#include <cstdint>

namespace altmind {

/// A rise of the mean of a stream of numbers.
struct Change {
  double before = 0.0;      ///< mean before the change
  double after = 0.0;       ///< mean since the change
  double statistic = 0.0;   ///< test statistic of the detector
  double threshold = 0.0;   ///< threshold that it exceeded
  std::uint64_t since = 0;  ///< numbers since the change, as dated by the detector

  bool operator==(const Change&) const = default;
};

}  // namespace altmind
