#include "core/weights/bcd.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/linalg/blas.hpp"
#include "core/weights/curvature.hpp"

namespace altmind {

namespace {

/// A column is dead if its A_jj is below this fraction of the mean of the diagonal.
constexpr double dead_ratio = 1e-12;

/// columns <- sign(columns) max(|columns| - threshold, 0)
void soft_threshold(Scalar threshold, View columns) {
  columns = (columns.array().sign() * (columns.array().abs() - threshold).cwiseMax(0.0F)).matrix();
}

/// Minimises over the block's columns one after the other. residual (n_out, size): b_J - W a_J - lambda (W_J -
/// before_J); a: the diagonal block of A (lower triangle).
void solve_block(const ConstView& a, Scalar lambda, Scalar dead, double weight_l1, Matrix& diagonal, View residual,
                 View columns) {
  const Index size = a.rows();
  if (weight_l1 <= 0) {
    diagonal = a;
    for (Index j = 0; j < size; ++j) {
      if (diagonal(j, j) <= dead) {  // does not move, and does not affect other columns
        residual.col(j).setZero();
        diagonal.col(j).setZero();
        diagonal.row(j).head(j).setZero();
        diagonal(j, j) = 1.0F;
      } else {
        diagonal(j, j) += lambda;
      }
    }
    solve_right_lower_transposed(diagonal, residual);
    columns += residual;
    return;
  }
  for (Index j = 0; j < size; ++j) {
    if (a(j, j) <= dead) continue;
    const Vector old = columns.col(j);
    columns.col(j) += residual.col(j) / (a(j, j) + lambda);
    soft_threshold(static_cast<Scalar>(weight_l1), columns.col(j));
    const Vector moved = columns.col(j) - old;
    for (Index k = j + 1; k < size; ++k) residual.col(k) -= a(k, j) * moved;
  }
}

void sweep(const Matrix& a, const Matrix& b, const BcdOptions& options, Scalar lambda, Scalar dead, bool first,
           BcdWorkspace& workspace, Matrix& weight) {
  const Index n = weight.cols();
  std::size_t number = 0;
  for (Index begin = 0; begin < n; begin += options.block, ++number) {
    if (number % options.parts != options.part) continue;
    const Index size = std::min(options.block, n - begin);
    const Index rest = n - begin - size;
    // Column block J of the symmetric A, from its lower triangle: the part above the diagonal block is the
    // transpose of the part to its left.
    workspace.residual.resize(weight.rows(), size);
    workspace.diagonal.resize(size, size);
    Matrix& r = workspace.residual;
    Matrix& square = workspace.diagonal;
    r = b.middleCols(begin, size);
    square = a.block(begin, begin, size, size);
    square.triangularView<Eigen::StrictlyUpper>() = square.transpose();
    gemm(-1.0F, weight.leftCols(begin), Op::none, a.block(begin, 0, size, begin), Op::transpose, 1.0F, r);
    gemm(-1.0F, weight.middleCols(begin, size), Op::none, square, Op::none, 1.0F, r);
    gemm(-1.0F, weight.rightCols(rest), Op::none, a.block(begin + size, begin, rest, size), Op::none, 1.0F, r);
    if (!first && lambda > 0) {
      r -= lambda * (weight.middleCols(begin, size) - workspace.before.middleCols(begin, size));
    }
    solve_block(a.block(begin, begin, size, size), lambda, dead, options.weight_l1, square, r,
                weight.middleCols(begin, size));
  }
}

}  // namespace

BcdReport bcd_update(const Memory& memory, const BcdOptions& options, BcdWorkspace& workspace, Matrix& weight) {
  const Index n = weight.cols();
  double mean = 0.0;
  for (Index j = 0; j < n; ++j) mean += memory.a(j, j);
  mean /= static_cast<double>(n);
  const auto dead = static_cast<Scalar>(std::max(dead_ratio * mean, 1e-30));
  BcdReport report;
  report.lambda = options.damping ? *options.damping * mean : damping_of({}, memory.a);
  const auto lambda = static_cast<Scalar>(report.lambda);

  std::vector<Index> active;
  for (Index j = 0; j < n; ++j) {
    if (memory.a(j, j) > dead) active.push_back(j);
  }
  const auto count = static_cast<Index>(active.size());
  const bool gather = n - count > n / 8;
  const Matrix* a = &memory.a;
  const Matrix* b = &memory.b;
  Matrix* w = &weight;
  if (gather) {
    workspace.a.resize(count, count);
    workspace.b.resize(weight.rows(), count);
    workspace.w.resize(weight.rows(), count);
    for (Index j = 0; j < count; ++j) {
      const Index from = active[static_cast<std::size_t>(j)];
      for (Index i = j; i < count; ++i) workspace.a(i, j) = memory.a(active[static_cast<std::size_t>(i)], from);
      workspace.b.col(j) = memory.b.col(from);
      workspace.w.col(j) = weight.col(from);
    }
    a = &workspace.a;
    b = &workspace.b;
    w = &workspace.w;
  }
  workspace.before = *w;
  for (std::size_t s = 0; s < options.sweeps; ++s) {
    sweep(*a, *b, options, lambda, dead, s == 0, workspace, *w);
  }
  report.change = std::sqrt(static_cast<double>((*w - workspace.before).squaredNorm()));
  if (gather) {
    for (Index j = 0; j < count; ++j) weight.col(active[static_cast<std::size_t>(j)]) = workspace.w.col(j);
  }
  return report;
}

}  // namespace altmind
