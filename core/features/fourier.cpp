#include "core/features/fourier.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/linalg/blas.hpp"
#include "core/linalg/random.hpp"

namespace altmind {

FourierFeatures::FourierFeatures(std::size_t count, std::size_t inputs)
    : directions_(static_cast<Index>(count), static_cast<Index>(inputs)), offsets_(static_cast<Index>(count)) {
  constexpr std::uint64_t seed = 1;
  Random random(seed);
  const double scale = std::sqrt(static_cast<double>(inputs) / 2.0);
  for (Index j = 0; j < directions_.rows(); ++j) {
    const double place = count > 1 ? 2.0 * static_cast<double>(j) / static_cast<double>(count - 1) - 1.0 : 0.0;
    const double width = std::exp2(2.0 * place) / scale;
    for (Index i = 0; i < directions_.cols(); ++i) directions_(j, i) = static_cast<Scalar>(width * random.normal());
    offsets_[j] = static_cast<Scalar>(2.0 * std::numbers::pi * random.uniform());
  }
}

void FourierFeatures::apply(const ConstView& z, View features) const {
  gemm(1.0F, directions_, Op::none, z, Op::none, 0.0F, features);
  features.colwise() += offsets_;
  features.array() = static_cast<Scalar>(std::numbers::sqrt2) * features.array().cos();
}

namespace {

constexpr double another_unit = 20.0;

/// Empties column `j`.
void restart_column(std::size_t j, Statistics& scale) {
  Statistics fresh = fresh_statistics(1);
  const auto at = static_cast<Index>(j);
  scale.mean[at] = scale.squares[at] = scale.run_mean[at] = scale.run_squares[at] = 0.0;
  scale.counted[j] = fresh.counted[0];
  scale.common[j] = fresh.common[0];
  scale.common_count[j] = fresh.common_count[0];
  scale.since_common[j] = fresh.since_common[0];
  scale.outside[j] = fresh.outside[0];
  scale.settled[j] = fresh.settled[0];
  scale.run[j] = fresh.run[0];
  scale.longest_run[j] = fresh.longest_run[0];
  scale.candidates[j].clear();
}

bool frozen(const Statistics& scale, std::size_t j) {
  return scale.counted[j] + scale.common_count[j] >= fourier_numbers && spread(scale, j).deviation > least_deviation;
}

bool in_another_unit(const Spread& now, const Spread& then) {
  if (!(now.deviation > least_deviation)) return false;
  const double ratio = now.deviation / then.deviation;
  return ratio > another_unit || ratio < 1.0 / another_unit ||
         std::abs(now.mean - then.mean) > another_unit * std::max(now.deviation, then.deviation);
}

}  // namespace

bool add_to_scale(const SampleSpec& spec, Values x, const Statistics& running, Statistics& scale) {
  bool changed = scale.samples == 0;
  std::vector<std::uint8_t> used(scale.columns(), 0);
  for (std::size_t j = 0; j < used.size(); ++j) {
    if (!spec.columns.empty() && spec.columns[j].type != ColumnType::numeric) continue;
    const bool settled = frozen(scale, j);
    if (settled && running.columns() > 0 && in_another_unit(spread(running, j), spread(scale, j))) {
      restart_column(j, scale);
    } else if (settled) {
      continue;
    }
    used[j] = 1;
    changed = true;
  }
  if (changed) add(x, used, scale);
  return changed;
}

Affine fourier_map(const SampleSpec& spec, const Statistics& scale) {
  NormaliserOptions standardised;
  standardised.kind = NormaliserKind::standardise;
  return affine(standardised, spec.inputs, scale);
}

}  // namespace altmind
