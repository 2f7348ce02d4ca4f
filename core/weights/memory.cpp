#include "core/weights/memory.hpp"

#include <algorithm>

#include "core/linalg/blas.hpp"

namespace altmind {

Memory empty_memory(Index inputs, Index outputs) {
  return {Matrix::Zero(inputs + 1, inputs + 1), Matrix::Zero(outputs, inputs + 1)};
}

double batch_weight(std::uint64_t m, std::uint64_t n, std::optional<double> horizon) {
  const auto batch = static_cast<double>(m);
  const double mean = batch / static_cast<double>(n);
  return std::max(horizon ? std::max(mean, std::min(1.0, batch / *horizon)) : mean, least_weight);
}

void accumulate(const Matrix& inputs, const Matrix& codes, const Matrix& moved, double w, double gain, Index stride,
                Matrix& target, Memory& memory) {
  const auto m = static_cast<double>(inputs.cols());
  const Index rows = (inputs.cols() + stride - 1) / stride;
  const auto keep = static_cast<Scalar>(1.0 - w);
  const auto share = static_cast<Scalar>(w / static_cast<double>(rows));
  syrk_lower(share, inputs, stride, keep, memory.a);
  const auto step = static_cast<Scalar>(gain / m);
  if (stride == 1) {
    target = share * codes + step * moved;
  } else {
    target = step * moved;
    for (Index i = 0; i < inputs.cols(); i += stride) target.col(i) += share * codes.col(i);
  }
  gemm(1.0F, target, Op::none, inputs, Op::transpose, keep, memory.b);
}

}  // namespace altmind
