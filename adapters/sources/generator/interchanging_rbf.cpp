#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "adapters/sources/generator/drifting_stream.hpp"

namespace altmind::generator {

namespace {

class InterchangingRbf final : public DriftingStream {
 public:
  explicit InterchangingRbf(const StreamSettings& settings)
      : settings_(settings), samples_(settings.seed, 0), changes_(settings.seed, 1), spread_(settings.seed, 2) {
    adapters::Random placed(settings.seed, 3);
    const auto uniform = [&placed] { return static_cast<double>(placed.next() >> 11) * 0x1.0p-53; };
    for (std::size_t i = 0; i < gaussians; ++i) {
      do {
        centre_[i] = {uniform(), uniform()};
      } while (near_another(i));
      const double long_one = least_deviation + (most_deviation - least_deviation) * uniform();
      const double short_one = least_deviation + (long_one - least_deviation) * uniform();
      // Rotation in rational form, because std::sin may differ between machines.
      const double t = 2.0 * uniform() - 1.0, cosine = (1.0 - t * t) / (1.0 + t * t), sine = 2.0 * t / (1.0 + t * t);
      axes_[i] = {long_one * cosine, -short_one * sine, long_one * sine, short_one * cosine};
    }
    go_to_block(0);
  }

  double sample(std::uint64_t k, std::span<float> x) override {
    if (const std::uint64_t block = block_of(settings_, k); block != block_) go_to_block(block);
    const auto label = static_cast<std::size_t>(static_cast<double>(gaussians) * samples_.uniform_at(3 * k));
    const double a = normal_at(spread_, 2 * k), b = normal_at(spread_, 2 * k + 1);
    const auto& [ax, bx, ay, by] = axes_[label];
    const auto& [cx, cy] = centre_[place_[label]];
    x[0] = static_cast<float>(cx + ax * a + bx * b);
    x[1] = static_cast<float>(cy + ay * a + by * b);
    return static_cast<double>(label);
  }

 private:
  static constexpr std::size_t gaussians = 15;
  static constexpr double least_deviation = 0.004, most_deviation = 0.03;  ///< along the axes of a covariance
  static constexpr double least_distance = 0.12;                           ///< between centres

  bool near_another(std::size_t i) const {
    for (std::size_t other = 0; other < i; ++other) {
      const double dx = centre_[i][0] - centre_[other][0], dy = centre_[i][1] - centre_[other][1];
      if (dx * dx + dy * dy < least_distance * least_distance) return true;
    }
    return false;
  }

  void go_to_block(std::uint64_t block) {
    if (block < block_ || block == 0) {
      block_ = 0;
      std::iota(place_.begin(), place_.end(), std::size_t{0});
    }
    for (; block_ < block; ++block_) {
      adapters::Random drawn(changes_.at(block_), 0);
      const std::size_t count = 2 + block_ % (gaussians - 1);
      std::array<std::size_t, gaussians> chosen{};
      std::iota(chosen.begin(), chosen.end(), std::size_t{0});
      for (std::size_t i = 0; i < count; ++i) std::swap(chosen[i], chosen[i + drawn.below(gaussians - i)]);
      // A cyclic shift, so that every one of them moves.
      for (std::size_t i = 0; i + 1 < count; ++i) std::swap(place_[chosen[i]], place_[chosen[i + 1]]);
    }
  }

  StreamSettings settings_;
  adapters::Random samples_, changes_, spread_;
  std::uint64_t block_ = 0;
  std::array<std::size_t, gaussians> place_{};             ///< index into centre_, per class
  std::array<std::array<double, 2>, gaussians> centre_{};  ///< x, y
  std::array<std::array<double, 4>, gaussians> axes_{};    ///< per class, rows of the square root of its covariance
};

}  // namespace

std::unique_ptr<DriftingStream> interchanging_rbf(const StreamSettings& settings) {
  return std::make_unique<InterchangingRbf>(settings);
}

}  // namespace altmind::generator
