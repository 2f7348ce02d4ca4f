#pragma once
// How far a number is from what fits its column.

#include <cmath>
#include <cstddef>
#include <limits>

#include "core/features/statistics.hpp"

namespace altmind {

/// Where a column's numbers fit: within `reach` of `centre`, which is where they count in its statistics, and at a
/// value that comes often. Everywhere while the first 32 have not been judged.
struct Fit {
  double centre = 0.0;
  double reach = std::numeric_limits<double>::infinity();
  double often = std::numeric_limits<double>::quiet_NaN();

  /// 1 within `times` the reach and (times reach / distance)^2 beyond: of a number just beyond, as heavy tails have,
  /// nearly all, of a wrong one next to nothing. 1 where numbers have not varied: nothing tells what is far.
  double weight(double number, double times) const {
    const double distance = std::abs(number - centre);
    if (!(distance > times * reach) || !(reach > 0.0) || number == often) return 1.0;
    return (times * reach / distance) * (times * reach / distance);
  }
};

Fit fit(const Statistics& statistics, std::size_t column);

}  // namespace altmind
