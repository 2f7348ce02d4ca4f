#include <algorithm>
#include <array>

#include "adapters/sources/generator/drifting_stream.hpp"

namespace altmind::generator {

namespace {

class Stagger final : public DriftingStream {
 public:
  explicit Stagger(const StreamSettings& settings) : settings_(settings), samples_(settings.seed, 0) {}

  double sample(std::uint64_t k, std::span<float> x) override {
    enum { small, medium, large, red = 0, green, circle = 1 };
    std::array<std::size_t, 3> value{};  // size, colour, shape
    std::fill(x.begin(), x.end(), 0.0F);
    for (std::size_t i = 0; i < value.size(); ++i) {
      value[i] = static_cast<std::size_t>(3.0 * samples_.uniform_at(k * (x.size() + 1) + i));
      x[3 * i + value[i]] = 1.0F;
    }
    const auto [size, colour, shape] = value;
    switch (block_of(settings_, k) % 3) {
      case 0:
        return size == small && colour == red ? 1.0 : 0.0;
      case 1:
        return colour == green || shape == circle ? 1.0 : 0.0;
      default:
        return size == medium || size == large ? 1.0 : 0.0;
    }
  }

 private:
  StreamSettings settings_;
  adapters::Random samples_;
};

}  // namespace

std::unique_ptr<DriftingStream> stagger(const StreamSettings& settings) {
  return std::make_unique<Stagger>(settings);
}

}  // namespace altmind::generator
