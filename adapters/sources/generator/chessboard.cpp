#include <algorithm>
#include <array>

#include "adapters/sources/generator/drifting_stream.hpp"

namespace altmind::generator {

namespace {

class Chessboard final : public DriftingStream {
 public:
  explicit Chessboard(const StreamSettings& settings)
      : settings_(settings), samples_(settings.seed, 0), drawn_(settings.seed, 1) {}

  double sample(std::uint64_t k, std::span<float> x) override {
    const double u = samples_.uniform_at(3 * k), v = samples_.uniform_at(3 * k + 1);
    const std::uint64_t n = settings_.drift_every;
    const std::uint64_t alone = std::max<std::uint64_t>(1, n / (2 * shown_alone));  // samples per field shown alone
    if (n > 0 && k % n < shown_alone * alone) {
      const std::uint64_t field = k / n * shown_alone + k % n / alone;
      x[0] = place(2 * field, u);
      x[1] = place(2 * field + 1, v);
    } else {
      x[0] = static_cast<float>(u);
      x[1] = static_cast<float>(v);
    }
    const auto index = [](float at) { return static_cast<int>(std::min(fields * static_cast<double>(at), 7.5)); };
    return static_cast<double>((index(x[0]) + 2 * index(x[1])) % 8);
  }

 private:
  static constexpr double fields = 8.0;  ///< per side
  static constexpr std::uint64_t shown_alone = 4;

  /// Returns the coordinate at fraction `u` of the field that random number n selects.
  float place(std::uint64_t n, double u) const {
    const auto at = static_cast<double>(static_cast<int>(fields * drawn_.uniform_at(n)));
    return static_cast<float>((at + u) / fields);
  }

  StreamSettings settings_;
  adapters::Random samples_, drawn_;
};

}  // namespace

std::unique_ptr<DriftingStream> chessboard(const StreamSettings& settings) {
  return std::make_unique<Chessboard>(settings);
}

}  // namespace altmind::generator
