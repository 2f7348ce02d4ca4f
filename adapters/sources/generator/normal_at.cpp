#include "adapters/sources/generator/drifting_stream.hpp"

namespace altmind::generator {

double normal_at(const adapters::Random& random, std::uint64_t n) {
  double sum = -6.0;
  for (std::uint64_t i = 0; i < 12; ++i) sum += random.uniform_at(12 * n + i);
  return sum;
}

}  // namespace altmind::generator
