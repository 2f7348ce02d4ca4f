#include "core/feature_map.hpp"

#include <algorithm>

namespace altmind {

namespace {

/// Writes the inputs of one value and returns where the next column's begin.
Scalar* expand(const Column& column, float cell, Scalar factor, Scalar shift, Scalar most, Scalar* to) {
  const std::size_t width = column.value_inputs();
  const bool missing = is_missing(cell);
  if (column.type == ColumnType::numeric) {
    *to = missing ? 0.0F : within(cell * factor + shift, most);
  } else {
    std::fill_n(to, width, 0.0F);
    if (cell >= 0.0F && cell < static_cast<float>(width)) to[static_cast<std::size_t>(cell)] = 1.0F;
  }
  to += width;
  if (column.missing == Missing::flag) *to++ = missing ? 1.0F : 0.0F;
  return to;
}

}  // namespace

FeatureStatistics fresh_statistics(const NormaliserOptions& options, const SampleSpec& spec) {
  FeatureStatistics statistics = fresh_statistics(options, spec.inputs);
  if (statistics.mean.size() > 0) statistics.present.assign(spec.columns.size(), 0);
  return statistics;
}

void add(const SampleSpec& spec, std::span<const float> x, FeatureStatistics& statistics) {
  if (spec.columns.empty()) return add(x, statistics);
  const std::size_t d = spec.inputs;
  for (const float* sample = x.data(); sample != x.data() + x.size(); sample += d) {
    ++statistics.samples;
    for (std::size_t j = 0; j < d; ++j) {
      if (spec.columns[j].type != ColumnType::numeric || is_missing(sample[j])) continue;
      const auto at = static_cast<Index>(j);
      const double away = static_cast<double>(sample[j]) - statistics.mean[at];
      statistics.mean[at] += away / static_cast<double>(++statistics.present[j]);
      statistics.squares[at] += away * (static_cast<double>(sample[j]) - statistics.mean[at]);
    }
  }
}

void apply(const SampleSpec& spec, const Affine& map, std::span<const float> x, Matrix& out) {
  if (spec.columns.empty()) return apply(map, x, out);
  const float* from = x.data();
  for (Index i = 0; i < out.cols(); ++i) {
    Scalar* to = out.data() + i * out.rows();
    for (Index j = 0; j < map.factor.size(); ++j) {
      to = expand(spec.columns[static_cast<std::size_t>(j)], *from++, map.factor[j], map.shift[j], map.most, to);
    }
  }
}

}  // namespace altmind
