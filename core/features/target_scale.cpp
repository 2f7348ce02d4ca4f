#include "core/features/target_scale.hpp"

#include <algorithm>
#include <limits>

#include "core/features/normaliser.hpp"

namespace altmind {

namespace {

constexpr double wrong_target_reach = 2.0;  // multiple of the column's reach; log-normal targets stay within

}  // namespace

Statistics fresh_target_statistics(const NormaliserOptions& options, const SampleSpec& spec) {
  if (spec.task != Task::regression || options.targets != TargetScaling::standardise) return {};
  return fresh_statistics(spec.outputs);
}

TargetScale target_scale(const Statistics& statistics) {
  TargetScale scale;
  for (std::size_t k = 0; k < statistics.columns(); ++k) {
    const Spread column = spread(statistics, k);
    scale.mean.push_back(column.mean);
    scale.deviation.push_back(column.deviation > least_deviation ? column.deviation : 1.0);
    scale.fits.push_back(fit(statistics, k));
  }
  return scale;
}

std::vector<double> bounded(const TargetScale& scale, Values targets) {
  std::vector<double> within = targets.wide();
  if (scale.empty()) return within;
  const std::size_t outputs = scale.mean.size();
  for (std::size_t i = 0; i < within.size(); ++i) {
    const double mean = scale.mean[i % outputs];
    const double reach = most_deviations * scale.deviation[i % outputs];
    within[i] = std::clamp(within[i], mean - reach, mean + reach);
  }
  return within;
}

std::vector<float> to_network(const TargetScale& scale, Values targets) {
  std::vector<float> scaled;
  scaled.reserve(targets.size());
  const std::size_t outputs = scale.mean.size();
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const double z = (targets[i] - scale.mean[i % outputs]) / scale.deviation[i % outputs];
    scaled.push_back(static_cast<float>(std::clamp(z, -most_deviations, most_deviations)));
  }
  return scaled;
}

std::vector<float> to_network(const TargetScale& scale, Values targets, const ConstView& predicted) {
  std::vector<float> scaled = to_network(scale, targets);
  const std::size_t outputs = scale.fits.size();
  for (std::size_t i = 0; i < scaled.size(); ++i) {
    const double weight = scale.fits[i % outputs].weight(targets[i], wrong_target_reach);
    if (weight == 1.0) continue;
    const float answer = predicted(static_cast<Index>(i % outputs), static_cast<Index>(i / outputs));
    scaled[i] = answer + static_cast<float>(weight) * (scaled[i] - answer);
  }
  return scaled;
}

std::vector<double> to_user(const TargetScale& scale, const ConstView& z, Index i) {
  std::vector<double> values;
  for (Index k = 0; k < z.rows(); ++k) {
    const auto at = static_cast<std::size_t>(k);
    const auto value = static_cast<double>(z(k, i));
    values.push_back(scale.empty() ? value : scale.mean[at] + scale.deviation[at] * value);
  }
  return values;
}

std::vector<Score> scores(const TargetScale& scale, Values targets, const ConstView& z) {
  std::vector<Score> result(static_cast<std::size_t>(z.cols()));
  std::size_t at = 0;
  for (Index i = 0; i < z.cols(); ++i) {
    double& loss = result[static_cast<std::size_t>(i)].loss;
    for (const double predicted : to_user(scale, z, i)) {
      const double error = predicted - targets[at++];
      loss += error * error;
    }
    loss /= static_cast<double>(z.rows());
  }
  return result;
}

double largest_loss(const TargetScale& scale) {
  if (scale.empty()) return std::numeric_limits<double>::infinity();
  double sum = 0.0;
  for (const double deviation : scale.deviation) sum += most_deviations * deviation * most_deviations * deviation;
  return sum / static_cast<double>(scale.deviation.size());
}

}  // namespace altmind
