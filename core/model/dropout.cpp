#include "core/model/dropout.hpp"

#include <algorithm>

#include "core/linalg/random.hpp"

namespace altmind {

std::vector<Matrix> dropout_masks(const std::vector<Layer>& layers, std::uint64_t seed, std::uint64_t step, Index m) {
  Random random(Random(seed).bits() ^ step);
  std::vector<Matrix> masks(layers.size());
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const double probability = layers[l].dropout;
    if (probability == 0.0) continue;
    const auto passed = static_cast<Scalar>(1.0 / (1.0 - probability));
    masks[l].resize(layers[l].outputs, m);
    for (Scalar& factor : masks[l].reshaped()) factor = random.uniform() < probability ? 0.0F : passed;
  }
  return masks;
}

bool drops_out(const std::vector<Layer>& layers) {
  return std::any_of(layers.begin(), layers.end(), [](const Layer& layer) { return layer.dropout > 0.0; });
}

}  // namespace altmind
