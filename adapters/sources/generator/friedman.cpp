#include <cmath>
#include <numbers>

#include "adapters/sources/generator/drifting_stream.hpp"

namespace altmind::generator {

namespace {

class Friedman final : public DriftingStream {
 public:
  explicit Friedman(const StreamSettings& settings)
      : settings_(settings), samples_(settings.seed, 0), errors_(settings.seed, 2) {}

  double sample(std::uint64_t k, std::span<float> x) override {
    for (std::size_t j = 0; j < columns; ++j) x[j] = static_cast<float>(samples_.uniform_at(k * (columns + 1) + j));
    const bool changed = block_of(settings_, k) % 2 != 0;
    const auto at = [&](std::size_t i) { return static_cast<double>(x[changed ? columns - 1 - i : i]); };
    return 10.0 * std::sin(std::numbers::pi * at(0) * at(1)) + 20.0 * (at(2) - 0.5) * (at(2) - 0.5) + 10.0 * at(3) +
           5.0 * at(4) + deviation_of_noise * settings_.noise * normal_at(errors_, k);
  }

 private:
  static constexpr std::size_t columns = 10;
  static constexpr double deviation_of_noise = 20.0;

  StreamSettings settings_;
  adapters::Random samples_, errors_;
};

}  // namespace

std::unique_ptr<DriftingStream> friedman(const StreamSettings& settings) {
  return std::make_unique<Friedman>(settings);
}

}  // namespace altmind::generator
