#include "core/step/input_map.hpp"

#include "core/features/feature_map.hpp"
#include "core/step/arm.hpp"

namespace altmind {

bool reads_fourier_features(const LearnerOptions& options) {
  for (std::size_t i = 0; i < options.arms(); ++i) {
    if (fourier_features(options, i) > 0) return true;
  }
  return false;
}

void write_fourier_features(const SampleSpec& spec, const InputMaps& maps, const FourierFeatures* features, Values x,
                            Matrix& z, Matrix& inputs) {
  if (features == nullptr) return;
  const auto columns = static_cast<Index>(network_inputs(spec));
  z.resize(columns + 1, inputs.cols());
  apply(spec, maps.fourier, x, z);
  features->apply(z.topRows(columns), inputs.middleRows(columns, static_cast<Index>(features->count())));
}

void write_inputs(const SampleSpec& spec, const InputMaps& maps, const FourierFeatures* features, Values x, Matrix& z,
                  Matrix& inputs) {
  apply(spec, maps.map, x, inputs);
  write_fourier_features(spec, maps, features, x, z, inputs);
}

}  // namespace altmind
