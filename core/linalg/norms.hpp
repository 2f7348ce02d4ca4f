#pragma once
// Norms and ratios for step reports.

#include <cmath>

#include "core/linalg/types.hpp"

namespace altmind {

inline double norm(const Matrix& m) {
  return std::sqrt(static_cast<double>(m.squaredNorm()));
}
/// part / whole; 0 if whole is 0.
inline double ratio(double part, double whole) {
  return whole > 0 ? part / whole : 0.0;
}

}  // namespace altmind
