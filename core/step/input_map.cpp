#include "core/step/input_map.hpp"

#include "core/features/feature_map.hpp"
#include "core/step/arm.hpp"

namespace altmind {

InputMaps fresh_maps(const LearnerOptions& options) {
  InputMaps maps;
  const std::size_t inputs = network_inputs(options.model.spec);
  for (std::size_t i = 0; i < options.arms(); ++i) {
    const std::size_t count = fourier_features(options, i);
    maps.features.push_back(count > 0 ? std::make_shared<const FourierFeatures>(count, inputs) : nullptr);
  }
  return maps;
}

bool reads_fourier_features(const LearnerOptions& options) {
  for (std::size_t i = 0; i < options.arms(); ++i) {
    if (fourier_features(options, i) > 0) return true;
  }
  return false;
}

void write_fourier_features(const SampleSpec& spec, const InputMaps& maps, std::size_t i, Values x, Matrix& z,
                            Matrix& inputs) {
  if (!maps.features[i]) return;
  constexpr auto most = static_cast<Scalar>(most_deviations);
  const auto columns = static_cast<Index>(network_inputs(spec));
  z.resize(columns + 1, inputs.cols());
  apply(spec, maps.fourier, x, z);
  z = z.cwiseMax(-most).cwiseMin(most);
  maps.features[i]->apply(z.topRows(columns),
                          inputs.middleRows(columns, static_cast<Index>(maps.features[i]->count())));
}

void write_inputs(const SampleSpec& spec, const InputMaps& maps, std::size_t i, Values x, Matrix& z, Matrix& inputs) {
  apply(spec, maps.map, x, inputs);
  write_fourier_features(spec, maps, i, x, z, inputs);
}

}  // namespace altmind
