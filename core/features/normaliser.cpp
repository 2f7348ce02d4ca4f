#include "core/features/normaliser.hpp"

namespace altmind {

namespace {

template <typename T>
void map_samples(const Affine& map, const T* x, Matrix& out) {
  const std::size_t d = map.centre.size();
  for (Index i = 0; i < out.cols(); ++i, x += d) {
    Scalar* const to = out.data() + i * out.rows();
    for (std::size_t j = 0; j < d; ++j) to[j] = map(j, static_cast<double>(x[j]));
  }
}

}  // namespace

Statistics fresh_statistics(const NormaliserOptions& options, std::size_t inputs) {
  return options.kind == NormaliserKind::standardise ? fresh_statistics(inputs) : Statistics();
}

Affine affine(const NormaliserOptions& options, std::size_t inputs, const Statistics& statistics) {
  Affine map{std::vector<double>(inputs, 0.0), std::vector<double>(inputs, 1.0), largest_input, {}};
  if (options.kind == NormaliserKind::fixed) {
    const auto of = [](const std::vector<double>& numbers, std::size_t j) {
      return numbers.size() == 1 ? numbers.front() : numbers[j];
    };
    for (std::size_t j = 0; j < inputs; ++j) {
      map.centre[j] = of(options.mean, j) / options.scale;
      map.factor[j] = options.scale / of(options.std, j);
    }
  }
  if (options.kind == NormaliserKind::standardise && statistics.samples > 0) {
    map.most = most_deviations;
    for (std::size_t j = 0; j < inputs; ++j) {
      const Spread column = spread(statistics, j);
      map.centre[j] = column.mean;
      map.factor[j] = column.deviation > least_deviation ? 1.0 / column.deviation : 1.0;
      map.fits.push_back(fit(statistics, j));
    }
  }
  return map;
}

void apply(const Affine& map, Values x, Matrix& out) {
  if (x.exact()) {
    map_samples(map, x.rounded().data(), out);
  } else {
    map_samples(map, x.wide().data(), out);
  }
}

}  // namespace altmind
