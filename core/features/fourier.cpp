#include "core/features/fourier.hpp"

#include <cmath>
#include <numbers>

#include "core/linalg/blas.hpp"
#include "core/linalg/random.hpp"

namespace altmind {

FourierFeatures::FourierFeatures(std::size_t count, std::size_t inputs)
    : directions_(static_cast<Index>(count), static_cast<Index>(inputs)), offsets_(static_cast<Index>(count)) {
  constexpr std::uint64_t seed = 0x666F7572;
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

}  // namespace altmind
