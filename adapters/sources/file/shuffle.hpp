#pragma once
// Random order over a finite input: the permutation, and the records in memory.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "core/samples/sample.hpp"

namespace altmind::file {

/// Returns the order of pass `epoch`: element i is the number of the record at place i. Fisher-Yates shuffle of 0 ..
/// count - 1 from the back, i = count - 1 .. 1, with j drawn by Random(seed, epoch).below(i + 1), elements i and j
/// swapped. The same on every machine.
std::vector<std::uint32_t> shuffled_order(std::uint32_t count, std::uint64_t seed, std::uint64_t epoch);

/// Samples kept in memory for random access: pixels as bytes, everything else as in Samples. Bounded.
class SampleStore {
 public:
  static constexpr std::uint64_t default_max_bytes = 4ull << 30;

  /// as_bytes: every feature is an integer 0 .. 255.
  SampleStore(const SampleSpec& spec, bool as_bytes, std::uint64_t max_bytes = default_max_bytes);

  /// Throws std::runtime_error if max_bytes is not enough.
  void add(const Samples& samples);

  /// Appends the samples of these numbers.
  void gather(std::span<const std::uint32_t> numbers, Samples& into) const;

  std::uint32_t count() const { return count_; }

 private:
  // Blocks of block_samples each, so that growth never copies existing samples.
  struct Block {
    std::vector<std::uint8_t> bytes;
    std::vector<float> x;
    std::vector<std::uint32_t> label;
    std::vector<float> target;
    Residuals x_residual, target_residual;
    std::vector<std::string> name;
  };
  std::uint64_t block_cost() const;
  void rename(const Words& from, Words& to, std::span<float> cells) const;

  const SampleSpec spec_;
  const bool as_bytes_;
  const std::uint64_t max_bytes_;
  std::deque<Block> blocks_;
  Words words_;  ///< of all blocks
  std::uint64_t used_ = 0;
  std::uint32_t count_ = 0;
};

}  // namespace altmind::file
