#include "bench/step_cost.hpp"

#include <cmath>
#include <vector>

#include "core/weights/bcd.hpp"

namespace altmind::bench {

std::array<double, phase_count> step_flop(const LearnerOptions& options) {
  const auto m = static_cast<double>(options.learning.batch_size);
  const auto steps = static_cast<double>(options.learning.code_steps);
  const double stride = std::floor(1.0 / options.memory.rows.value_or(1.0) + 1e-9);
  const double rows = std::ceil(m / stride);
  const auto block = static_cast<double>(BcdOptions{}.block);
  const auto parts = static_cast<double>(options.memory.sweep_parts);

  std::vector<double> width = {static_cast<double>(options.model.spec.inputs)};
  for (const std::size_t units : options.model.hidden) width.push_back(static_cast<double>(units));
  width.push_back(static_cast<double>(options.model.spec.outputs));
  const std::size_t hidden = options.model.hidden.size();

  std::array<double, phase_count> flop{};
  auto& [encode, codes, memory, weights, output] = flop;
  for (std::size_t l = 0; l <= hidden; ++l) {
    const double n = width[l] + 1;
    const double out = width[l + 1];
    encode += 2 * m * out * n;
    if (l == hidden) {
      codes += (2 * steps - 1) * 2 * m * out * n;
      output += 2 * m * out * n;
      continue;
    }
    memory += rows * n * (n + 1) + 2 * m * out * n;
    weights += static_cast<double>(options.memory.sweeps) * 2 * out * n * n / (n >= 4 * block * parts ? parts : 1.0);
    if (l > 0) {
      const double products = 4 * (steps - 1) * m * n * out;
      const double gram = 2 * (steps - 1) * m * n * n + 2 * n * n * out;
      codes += 2 * m * n * out + std::min(products, gram);
    }
  }
  return flop;
}

}  // namespace altmind::bench
