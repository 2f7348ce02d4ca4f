#include <array>
#include <numeric>
#include <string_view>
#include <utility>

#include "adapters/sources/generator/drifting_stream.hpp"

namespace altmind::generator {

namespace {

class Led final : public DriftingStream {
 public:
  explicit Led(const StreamSettings& settings)
      : settings_(settings), samples_(settings.seed, 0), changes_(settings.seed, 1), inversions_(settings.seed, 2) {
    go_to_block(0);
  }

  double sample(std::uint64_t k, std::span<float> x) override {
    if (const std::uint64_t block = block_of(settings_, k); block != block_) go_to_block(block);
    const std::uint64_t numbers = k * (columns + 1);
    for (std::size_t j = 0; j < columns; ++j) x[j] = samples_.uniform_at(numbers + j) < 0.5 ? 0.0F : 1.0F;
    const auto digit = static_cast<std::size_t>(10.0 * samples_.uniform_at(numbers + columns));
    for (std::size_t i = 0; i < segments; ++i) {
      const bool inverted = inversions_.uniform_at(k * segments + i) < settings_.noise;
      x[place_[i]] = (digits[digit][i] == '1') != inverted ? 1.0F : 0.0F;
    }
    return static_cast<double>(digit);
  }

 private:
  static constexpr std::size_t segments = 7;
  static constexpr std::size_t columns = 24;
  static constexpr std::size_t moved_at_once = 4;
  /// Segments in the order top, upper left, upper right, middle, lower left, lower right, bottom.
  static constexpr std::array<std::string_view, 10> digits = {"1110111", "0010010", "1011101", "1011011", "0111010",
                                                              "1101011", "1101111", "1010010", "1111111", "1111011"};

  void go_to_block(std::uint64_t block) {
    if (block < block_ || block == 0) {
      block_ = 0;
      std::iota(place_.begin(), place_.end(), std::size_t{0});
    }
    for (; block_ < block; ++block_) {
      adapters::Random drawn(changes_.at(block_), 0);
      for (std::size_t i = 0; i < moved_at_once; ++i) {
        // Partial Fisher-Yates shuffle: the first i segments have been moved already.
        std::swap(place_[i], place_[i + drawn.below(segments - i)]);
        std::swap(place_[i], place_[segments + drawn.below(columns - segments)]);
      }
    }
  }

  StreamSettings settings_;
  adapters::Random samples_, changes_, inversions_;
  std::uint64_t block_ = 0;
  std::array<std::size_t, columns> place_{};  ///< column of each segment, then the irrelevant columns
};

}  // namespace

std::unique_ptr<DriftingStream> led(const StreamSettings& settings) {
  return std::make_unique<Led>(settings);
}

}  // namespace altmind::generator
