#pragma once
// Derivatives by finite differences.

#include "core/linalg/types.hpp"

namespace altmind::test {

/// The central difference of `objective` by `value`, to which it refers; `value` is what it was afterwards.
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
