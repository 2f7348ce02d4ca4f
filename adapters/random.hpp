#pragma once
// Portable random numbers, where the same seed must give the same stream on every machine and build.

#include <cstddef>
#include <cstdint>

namespace altmind::adapters {

/// The finaliser of splitmix64 (Steele, Lea, Flood 2014): a bijection of 64 bits.
constexpr std::uint64_t mix64(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

/// splitmix64 with random access: number n of stream (seed, stream) is
///
///   mix64(key + (n + 1) * 0x9e3779b97f4a7c15),  key = mix64(mix64(seed) + stream)
///
/// so that any part of a stream can be recomputed from its index alone.
class Random {
 public:
  constexpr Random(std::uint64_t seed, std::uint64_t stream) : key_(mix64(mix64(seed) + stream)) {}

  constexpr std::uint64_t at(std::uint64_t n) const { return mix64(key_ + (n + 1) * 0x9e3779b97f4a7c15ull); }

  /// Number n as a real in [0, 1): its upper 53 bits / 2^53.
  constexpr double uniform_at(std::uint64_t n) const { return static_cast<double>(at(n) >> 11) * 0x1.0p-53; }

  /// The next number of the stream, from 0.
  constexpr std::uint64_t next() { return at(next_++); }

  /// The next integer in [0, bound), all equally likely: numbers below 2^64 mod bound are drawn again, which leaves a
  /// multiple of `bound` values. bound >= 1.
  constexpr std::uint64_t below(std::uint64_t bound) {
    const std::uint64_t surplus = (0 - bound) % bound;
    for (;;) {
      if (const std::uint64_t drawn = next(); drawn >= surplus) return drawn % bound;
    }
  }

 private:
  std::uint64_t key_;
  std::uint64_t next_ = 0;
};

}  // namespace altmind::adapters
