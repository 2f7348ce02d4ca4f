#include "core/normaliser.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace altmind {

namespace {

/// A feature that was constant for long and then varies is hundreds of its deviations away until they have caught up.
constexpr Scalar most_deviations = 10.0F;

}  // namespace

FeatureStatistics fresh_statistics(const NormaliserOptions& options, std::size_t inputs) {
  if (options.kind != NormaliserKind::standardise) return {};
  const auto d = static_cast<Index>(inputs);
  return {0, DoubleVector::Zero(d), DoubleVector::Zero(d), {}};
}

void add(std::span<const float> x, FeatureStatistics& statistics) {
  const Index d = statistics.mean.size();
  double* const mean = statistics.mean.data();
  double* const squares = statistics.squares.data();
  for (const float* sample = x.data(); sample != x.data() + x.size(); sample += d) {
    const double share = 1.0 / static_cast<double>(++statistics.samples);
    for (Index j = 0; j < d; ++j) {
      const double away = static_cast<double>(sample[j]) - mean[j];
      mean[j] += away * share;
      squares[j] += away * (static_cast<double>(sample[j]) - mean[j]);
    }
  }
}

Affine affine(const NormaliserOptions& options, std::size_t inputs, const FeatureStatistics& statistics) {
  const auto d = static_cast<Index>(inputs);
  Affine map{Vector::Ones(d), Vector::Zero(d), std::numeric_limits<Scalar>::max()};
  if (options.kind == NormaliserKind::fixed) {
    const auto of = [](const std::vector<double>& numbers, Index j) {
      return numbers.size() == 1 ? numbers.front() : numbers[static_cast<std::size_t>(j)];
    };
    for (Index j = 0; j < d; ++j) {
      const double deviation = of(options.std, j);
      map.factor[j] = static_cast<Scalar>(options.scale / deviation);
      map.shift[j] = static_cast<Scalar>(-of(options.mean, j) / deviation);
    }
  }
  if (options.kind == NormaliserKind::standardise && statistics.samples > 0) {
    map.most = most_deviations;
    for (Index j = 0; j < d; ++j) {
      const std::vector<std::uint64_t>& present = statistics.present;
      const std::uint64_t seen = present.empty() ? statistics.samples : present[static_cast<std::size_t>(j)];
      const double spread = seen > 0 ? std::sqrt(statistics.squares[j] / static_cast<double>(seen)) : 0.0;
      const double deviation = spread > least_deviation ? spread : 1.0;
      map.factor[j] = static_cast<Scalar>(1.0 / deviation);
      map.shift[j] = static_cast<Scalar>(-statistics.mean[j] / deviation);
    }
  }
  return map;
}

void apply(const Affine& map, std::span<const float> x, Matrix& out) {
  const Index d = map.factor.size();
  const Scalar* const factor = map.factor.data();
  const Scalar* const shift = map.shift.data();
  const float* from = x.data();
  for (Index i = 0; i < out.cols(); ++i, from += d) {
    Scalar* const to = out.data() + i * out.rows();
    for (Index j = 0; j < d; ++j) to[j] = within(from[j] * factor[j] + shift[j], map.most);
  }
}

}  // namespace altmind
