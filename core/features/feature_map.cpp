#include "core/features/feature_map.hpp"

#include <algorithm>

namespace altmind {

namespace {

/// Writes the network inputs of one value. Returns where the next column's inputs begin.
Scalar* expand(const Column& column, double cell, const Affine& map, std::size_t j, Scalar* to) {
  const std::size_t width = column.value_inputs();
  const bool missing = std::isnan(cell);
  if (column.type == ColumnType::numeric) {
    *to = missing ? 0.0F : map(j, cell);
  } else {
    std::fill_n(to, width, 0.0F);
    if (cell >= 0.0 && cell < static_cast<double>(width)) to[static_cast<std::size_t>(cell)] = 1.0F;
  }
  to += width;
  if (column.missing == Missing::flag) *to++ = missing ? 1.0F : 0.0F;
  return to;
}

}  // namespace

Statistics fresh_statistics(const NormaliserOptions& options, const SampleSpec& spec) {
  return fresh_statistics(options, spec.inputs);
}

void add(const SampleSpec& spec, Values x, Statistics& statistics) {
  std::vector<std::uint8_t> used;
  for (const Column& column : spec.columns) used.push_back(column.type == ColumnType::numeric ? 1 : 0);
  add(x, used, statistics);
}

void apply(const SampleSpec& spec, const Affine& map, Values x, Matrix& out) {
  if (spec.columns.empty()) return apply(map, x, out);
  std::size_t at = 0;
  for (Index i = 0; i < out.cols(); ++i) {
    Scalar* to = out.data() + i * out.rows();
    for (std::size_t j = 0; j < spec.inputs; ++j) to = expand(spec.columns[j], x[at++], map, j, to);
  }
}

}  // namespace altmind
