#pragma once
// Outlier weights: how far a number is from the usual range of its column.

#include <cmath>
#include <cstddef>
#include <limits>

#include "core/features/statistics.hpp"

namespace altmind {

/// The usual range of a column's numbers: within `reach` of `centre`, where they count in its statistics, and the
/// frequent value `often`. Unbounded until the first 32 numbers have been judged.
struct Fit {
  double centre = 0.0;
  double reach = std::numeric_limits<double>::infinity();
  double often = std::numeric_limits<double>::quiet_NaN();

  /// Returns the weight of a number: 1 within `times` the reach, (times reach / distance)^2 beyond. A number just
  /// outside, as in heavy tails, keeps nearly all of its weight, a wrong one next to nothing. 1 if the numbers have not
  /// varied, since there is no scale then.
  double weight(double number, double times) const {
    const double distance = std::abs(number - centre);
    if (!(distance > times * reach) || !(reach > 0.0) || number == often) return 1.0;
    return (times * reach / distance) * (times * reach / distance);
  }
};

Fit fit(const Statistics& statistics, std::size_t column);

}  // namespace altmind
