#include "adapters/sources/generator/drifting_stream.hpp"

namespace altmind::generator {

namespace {

class MovingSquares final : public DriftingStream {
 public:
  explicit MovingSquares(const StreamSettings& settings) : settings_(settings), samples_(settings.seed, 0) {}

  double sample(std::uint64_t k, std::span<float> x) override {
    const std::uint64_t label = k % squares;  // square 0 is the rightmost
    const double left = static_cast<double>(squares - 1 - label) * apart + gone(k);
    x[0] = static_cast<float>(left + side * samples_.uniform_at(3 * k));
    x[1] = static_cast<float>(side * samples_.uniform_at(3 * k + 1));
    return static_cast<double>(label);
  }

 private:
  static constexpr std::uint64_t squares = 4;
  static constexpr double side = 0.05;
  static constexpr double apart = 0.08;                              ///< from left edge to left edge
  static constexpr double way = 1.0 - (squares - 1) * apart - side;  ///< distance until the rightmost square touches 1

  double gone(std::uint64_t k) const {
    const std::uint64_t n = settings_.drift_every;
    if (n == 0) return 0.0;
    const double share = static_cast<double>(k % n) / static_cast<double>(n);
    return way * (k / n % 2 == 0 ? share : 1.0 - share);
  }

  StreamSettings settings_;
  adapters::Random samples_;
};

}  // namespace

std::unique_ptr<DriftingStream> moving_squares(const StreamSettings& settings) {
  return std::make_unique<MovingSquares>(settings);
}

}  // namespace altmind::generator
