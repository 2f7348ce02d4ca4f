#include "adapters/sources/generator/drifting_stream.hpp"

namespace altmind::generator {

namespace {

class Planes final : public DriftingStream {
 public:
  explicit Planes(const StreamSettings& settings)
      : settings_(settings), samples_(settings.seed, 0), errors_(settings.seed, 2) {}

  double sample(std::uint64_t k, std::span<float> x) override {
    const auto u = [&](std::size_t j) { return samples_.uniform_at(k * (x.size() + 1) + j); };
    x[0] = u(0) < 0.5 ? -1.0F : 1.0F;
    for (std::size_t j = 1; j < x.size(); ++j) x[j] = static_cast<float>(static_cast<int>(3.0 * u(j)) - 1);
    const bool changed = block_of(settings_, k) % 2 != 0;
    const bool first = (x[0] > 0) != changed;
    const std::size_t from = first ? 1 : 4;
    const double target = (first ? 3.0 : -3.0) + 3.0 * static_cast<double>(x[from]) +
                          2.0 * static_cast<double>(x[from + 1]) + static_cast<double>(x[from + 2]);
    return target + deviation_of_noise * settings_.noise * normal_at(errors_, k);
  }

 private:
  static constexpr double deviation_of_noise = 20.0;

  StreamSettings settings_;
  adapters::Random samples_, errors_;
};

}  // namespace

std::unique_ptr<DriftingStream> planes(const StreamSettings& settings) {
  return std::make_unique<Planes>(settings);
}

}  // namespace altmind::generator
