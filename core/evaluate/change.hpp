#pragma once
// What a drift detector found, with its evidence.

#include <cstdint>

namespace altmind {

/// A rise of the mean of a stream of numbers.
struct Change {
  double before = 0.0;      ///< mean before it
  double after = 0.0;       ///< mean since
  double statistic = 0.0;   ///< what the detector compares
  double threshold = 0.0;   ///< and what it exceeded
  std::uint64_t since = 0;  ///< numbers since the moment of the change, as far back as the detector can place it

  bool operator==(const Change&) const = default;
};

}  // namespace altmind
