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

FourierScale fresh_fourier_scale(std::size_t columns) {
  FourierScale scale;
  const auto count = static_cast<Index>(columns);
  scale.counted.assign(columns, 0);
  scale.mean = scale.squares = DoubleVector::Zero(count);
  return scale;
}

void add(const SampleSpec& spec, const Affine& map, Values x, FourierScale& scale) {
  if (scale.frozen() || scale.columns() == 0) return;
  const std::size_t columns = scale.columns();
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t j = i % columns;
    const double value = x[i];
    if (!spec.columns.empty() && spec.columns[j].type != ColumnType::numeric) continue;
    if (!(std::abs(value) <= largest_input)) continue;  // or missing
    if (!map.fits.empty() && map.fits[j].weight(value, wrong_reach) < 1.0) continue;
    const auto at = static_cast<Index>(j);
    const double apart = value - scale.mean[at];
    scale.mean[at] += apart / static_cast<double>(++scale.counted[j]);
    scale.squares[at] += apart * (value - scale.mean[at]);
  }
  scale.samples += x.size() / columns;
}

Affine fourier_map(const FourierScale& scale) {
  Affine map{{}, {}, largest_input, {}};
  for (std::size_t j = 0; j < scale.columns(); ++j) {
    const auto at = static_cast<Index>(j);
    const double n = std::max<double>(1.0, static_cast<double>(scale.counted[j]));
    const double deviation = std::sqrt(scale.squares[at] / n);
    map.centre.push_back(scale.mean[at]);
    map.factor.push_back(deviation > least_deviation ? 1.0 / deviation : 0.0);
  }
  return map;
}

}  // namespace altmind
