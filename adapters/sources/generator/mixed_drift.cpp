#include <algorithm>
#include <array>
#include <cmath>

#include "adapters/sources/generator/drifting_stream.hpp"

namespace altmind::generator {

namespace {

/// Returns `settings` with N multiplied by `factor`; unchanged without drift.
StreamSettings slower(StreamSettings settings, double factor) {
  const double every = std::round(factor * static_cast<double>(settings.drift_every));
  if (settings.drift_every > 0) settings.drift_every = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(every));
  return settings;
}

class MixedDrift final : public DriftingStream {
 public:
  explicit MixedDrift(const StreamSettings& settings)
      : parts_{interchanging_rbf(settings), moving_squares(slower(settings, 2840.0 / 3000.0)),
               chessboard(slower(settings, 2000.0 / 3000.0))} {}

  double sample(std::uint64_t k, std::span<float> x) override {
    constexpr std::array<double, 3> first_class = {0, 15, 19};
    const std::size_t part = k % parts_.size();
    const double label = parts_[part]->sample(k / parts_.size(), x);
    x[0] += static_cast<float>(part);
    return first_class[part] + label;
  }

 private:
  std::array<std::unique_ptr<DriftingStream>, 3> parts_;
};

}  // namespace

std::unique_ptr<DriftingStream> mixed_drift(const StreamSettings& settings) {
  return std::make_unique<MixedDrift>(settings);
}

}  // namespace altmind::generator
