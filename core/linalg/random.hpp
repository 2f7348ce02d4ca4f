#pragma once
// Random numbers with a fixed sequence: the same seed gives the same stream in every build (distributions of the
// standard library may differ between implementations).

#include <cmath>
#include <cstdint>
#include <numbers>

namespace altmind {

/// SplitMix64 (Steele, Lea, Flood 2014): 64 bits per call; any seed is fine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t bits() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  /// Uniform in [0, 1).
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }
  /// Standard normal (Box-Muller; discards the second value of each pair).
  double normal() {
    const double u = 1.0 - uniform();  // (0, 1]
    return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * uniform());
  }
  /// Uniform in [0, n), without bias (rejection). n > 0.
  std::uint64_t below(std::uint64_t n) {
    const std::uint64_t limit = n * (~std::uint64_t{0} / n);
    std::uint64_t draw = bits();
    while (draw >= limit) draw = bits();
    return draw % n;
  }

 private:
  std::uint64_t state_;
};

}  // namespace altmind
