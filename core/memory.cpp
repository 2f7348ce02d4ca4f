#include "core/memory.hpp"

#include <algorithm>

#include "core/blas.hpp"

namespace altmind {

Memory empty_memory(Index inputs, Index outputs) {
  return {Matrix::Zero(inputs + 1, inputs + 1), Matrix::Zero(outputs, inputs + 1)};
}

double batch_weight(std::uint64_t m, std::uint64_t n, std::optional<double> horizon) {
  const auto batch = static_cast<double>(m);
  const double mean = batch / static_cast<double>(n);
  return horizon ? std::max(mean, std::min(1.0, batch / *horizon)) : mean;
}

void accumulate(const Matrix& inputs, const Matrix& codes, const Matrix& moved, double w, double gain, Index stride,
                Matrix& target, Memory& memory) {
  const auto m = static_cast<double>(inputs.cols());
  const Index rows = (inputs.cols() + stride - 1) / stride;
  const auto keep = static_cast<Scalar>(1.0 - w);
  const auto share = static_cast<Scalar>(w / static_cast<double>(rows));
  syrk_lower(share, inputs, stride, keep, memory.a);
  if (stride == 1) {
    target = codes + static_cast<Scalar>(gain / w) * moved;
    gemm(share, target, Op::none, inputs, Op::transpose, keep, memory.b);
    return;
  }
  using Strided = Eigen::Map<const Matrix, 0, Eigen::OuterStride<>>;
  const Strided some_codes(codes.data(), codes.rows(), rows, Eigen::OuterStride<>(codes.rows() * stride));
  const Strided some_inputs(inputs.data(), inputs.rows(), rows, Eigen::OuterStride<>(inputs.rows() * stride));
  gemm(share, some_codes, Op::none, some_inputs, Op::transpose, keep, memory.b);
  gemm(static_cast<Scalar>(gain / m), moved, Op::none, inputs, Op::transpose, 1.0F, memory.b);
}

}  // namespace altmind
