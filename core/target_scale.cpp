#include "core/target_scale.hpp"

#include <cmath>

namespace altmind {

FeatureStatistics fresh_target_statistics(const NormaliserOptions& options, const SampleSpec& spec) {
  if (spec.task != Task::regression || options.targets != TargetScaling::standardise) return {};
  const auto outputs = static_cast<Index>(spec.outputs);
  return {0, DoubleVector::Zero(outputs), DoubleVector::Zero(outputs), {}};
}

TargetScale target_scale(const FeatureStatistics& statistics) {
  TargetScale scale;
  for (Index k = 0; k < statistics.mean.size(); ++k) {
    const bool seen = statistics.samples > 0;
    const double spread = seen ? std::sqrt(statistics.squares[k] / static_cast<double>(statistics.samples)) : 0.0;
    scale.mean.push_back(statistics.mean[k]);
    scale.deviation.push_back(spread > least_deviation ? spread : 1.0);
  }
  return scale;
}

std::vector<float> to_network(const TargetScale& scale, std::span<const float> targets) {
  std::vector<float> scaled;
  scaled.reserve(targets.size());
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const std::size_t k = i % scale.mean.size();
    scaled.push_back(static_cast<float>((static_cast<double>(targets[i]) - scale.mean[k]) / scale.deviation[k]));
  }
  return scaled;
}

void to_user(const TargetScale& scale, View z) {
  if (scale.empty()) return;
  for (Index i = 0; i < z.cols(); ++i) {
    for (Index k = 0; k < z.rows(); ++k) {
      const auto at = static_cast<std::size_t>(k);
      z(k, i) = static_cast<Scalar>(scale.mean[at] + scale.deviation[at] * static_cast<double>(z(k, i)));
    }
  }
}

}  // namespace altmind
