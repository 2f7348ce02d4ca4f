#include <array>

#include "adapters/sources/generator/drifting_stream.hpp"

namespace altmind::generator {

namespace {

class Sea final : public DriftingStream {
 public:
  explicit Sea(const StreamSettings& settings) : settings_(settings), samples_(settings.seed, 0) {}

  double sample(std::uint64_t k, std::span<float> x) override {
    constexpr std::array<double, 4> thetas{8.0, 9.0, 7.0, 9.5};
    for (std::size_t j = 0; j < x.size(); ++j) {
      x[j] = static_cast<float>(10.0 * samples_.uniform_at(k * (x.size() + 1) + j));
    }
    const double sum = static_cast<double>(x[0]) + static_cast<double>(x[1]);
    return sum <= thetas[block_of(settings_, k) % thetas.size()] ? 1.0 : 0.0;
  }

 private:
  StreamSettings settings_;
  adapters::Random samples_;
};

}  // namespace

std::unique_ptr<DriftingStream> sea(const StreamSettings& settings) {
  return std::make_unique<Sea>(settings);
}

}  // namespace altmind::generator
