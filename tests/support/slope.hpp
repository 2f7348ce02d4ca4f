#pragma once
// Derivatives by finite differences.

#include "core/linalg/types.hpp"

namespace altmind::test {

/// Returns the central difference of `objective` with respect to `value`, which it reads; restores `value`.
template <typename Objective>
double slope(Scalar& value, const Objective& objective, Scalar step = 1e-2F) {
  const Scalar at = value;
  value = at + step;
  const double above = objective();
  value = at - step;
  const double below = objective();
  value = at;
  return (above - below) / (2.0 * static_cast<double>(step));
}

}  // namespace altmind::test
