#include "core/weights/curvature.hpp"

#include <algorithm>
#include <cmath>

#include "core/linalg/blas.hpp"
#include "core/linalg/random.hpp"

namespace altmind {

namespace {

constexpr double damping_share = 0.04;  // rho
constexpr double least_damping = 1e-12;
constexpr double resolution = 0x1p-23;  // of float32
constexpr int most_raises = 60;
constexpr Index narrow_inputs = 256;
constexpr Index rank = 64;
constexpr Scalar least_share = 1e-6F;  // of the largest eigenvalue

/// One subspace iteration: V <- approximately the leading eigenvectors of A; values <- their eigenvalues.
/// Leaves both unchanged if the eigendecomposition fails.
void iterate(const Matrix& a, Matrix& basis, Vector& values) {
  Matrix image(basis.rows(), basis.cols());
  multiply_symmetric_lower(a, basis, image);
  // A V = Q R; once V has converged, the singular values of R are the eigenvalues.
  Matrix r = orthonormalise(image);
  const Scalar scale = r.cwiseAbs().maxCoeff();  // squares of the entries of A may overflow float32
  if (scale > 0) r /= scale;
  Matrix gram(r.rows(), r.rows());
  gemm(1.0F, r, Op::none, r, Op::transpose, 0.0F, gram);
  Vector squares;
  if (!eigen_symmetric(gram, squares)) return;
  values = scale * squares.cwiseMax(0.0F).cwiseSqrt();
  gemm(1.0F, image, Op::none, gram, Op::none, 0.0F, basis);
}

}  // namespace

Curvature fresh_curvature(Index n) {
  Curvature curvature;
  if (n > most_squared) {
    curvature.basis = Matrix::Zero(n, rank);
    curvature.values = Vector::Zero(rank);
    return curvature;
  }
  curvature.a = Matrix::Zero(n, n);
  if (n <= narrow_inputs) {
    curvature.factor = Matrix::Zero(n, n);
    return curvature;
  }
  // Any start works that is not orthogonal to the leading eigenvectors of A.
  Random random(static_cast<std::uint64_t>(n));
  curvature.basis.resize(n, rank);
  for (Index j = 0; j < rank; ++j) {
    for (Index i = 0; i < n; ++i) curvature.basis(i, j) = static_cast<Scalar>(random.normal());
  }
  static_cast<void>(orthonormalise(curvature.basis));
  curvature.values = Vector::Zero(rank);
  return curvature;
}

void mean_gram(const Matrix& inputs, Index stride, Matrix& gram) {
  const Index rows = (inputs.cols() + stride - 1) / stride;
  gram.resize(inputs.rows(), inputs.rows());
  syrk_lower(static_cast<Scalar>(1.0 / static_cast<double>(rows)), inputs, stride, 0.0F, gram);
}

void blend(const Matrix& gram, double w, Curvature& curvature) {
  const Index n = gram.rows();
  for (Index j = 0; j < n; ++j) {
    auto column = curvature.a.col(j).tail(n - j);
    column += static_cast<Scalar>(w) * (gram.col(j).tail(n - j) - column);
  }
}

void track(const Matrix& inputs, Index stride, double w, Matrix& joined, Curvature& curvature) {
  const Index taken = (inputs.cols() + stride - 1) / stride;
  joined.resize(inputs.rows(), rank + taken);
  for (Index k = 0; k < rank; ++k) {
    joined.col(k) = static_cast<Scalar>(std::sqrt((1.0 - w) * curvature.values[k])) * curvature.basis.col(k);
  }
  double squares = 0.0;
  const auto share = static_cast<Scalar>(std::sqrt(w / static_cast<double>(taken)));
  for (Index i = 0; i < taken; ++i) {
    squares += inputs.col(i * stride).cast<double>().squaredNorm();
    joined.col(rank + i) = share * inputs.col(i * stride);
  }
  curvature.trace += w * (squares / static_cast<double>(taken) - curvature.trace);
  Matrix gram(joined.cols(), joined.cols());
  gemm(1.0F, joined, Op::transpose, joined, Op::none, 0.0F, gram);
  Vector values;
  if (eigen_symmetric(gram, values)) {  // ascending
    const Scalar least = std::max(least_share * values[values.size() - 1], 1e-30F);
    for (Index k = 0; k < rank; ++k) {
      const Index from = values.size() - 1 - k;
      const bool kept = values[from] > least;
      curvature.values[k] = kept ? values[from] : 0.0F;
      if (kept) {
        gram.col(from) *= 1.0F / std::sqrt(values[from]);
      } else {
        gram.col(from).setZero();
      }
    }
    const Matrix turn = gram.rightCols(rank).rowwise().reverse();
    gemm(1.0F, joined, Op::none, turn, Op::none, 0.0F, curvature.basis);
  }
  const double others = curvature.trace - curvature.values.cast<double>().sum();
  curvature.rest = std::max(0.0, others / static_cast<double>(inputs.rows() - rank));
}

double damping_of(const DampingRule& rule, const Curvature& curvature) {
  if (keeps_square(curvature)) return damping_of(rule, curvature.a);
  const auto n = static_cast<double>(width(curvature));
  if (rule.share) return std::max(least_damping, rule.multiple * (*rule.share * curvature.trace / n));
  const double squares =
      curvature.values.cast<double>().squaredNorm() + (n - static_cast<double>(rank)) * curvature.rest * curvature.rest;
  return std::max(least_damping, rule.multiple * (damping_share * squares / curvature.trace));
}

double damping_of(const DampingRule& rule, const Matrix& a) {
  const Index n = a.rows();
  const double trace = a.diagonal().cast<double>().sum();
  if (rule.share) return std::max(least_damping, rule.multiple * (*rule.share * trace / static_cast<double>(n)));
  double squares = 0.0;
  for (Index j = 0; j < n; ++j) {
    const double diagonal = a(j, j);
    squares += diagonal * diagonal + 2.0 * a.col(j).tail(n - j - 1).cast<double>().squaredNorm();
  }
  return std::max(least_damping, rule.multiple * (damping_share * squares / trace));
}

std::optional<Damping> factorise(const Matrix& a, double lambda, Matrix& factor) {
  const double least = resolution * a.diagonal().cast<double>().sum();
  Damping damping{std::max(lambda, least), lambda < least};
  for (int raises = 0; raises < most_raises; ++raises, damping = {10.0 * damping.lambda, true}) {
    factor = a;
    factor.diagonal().array() += static_cast<Scalar>(damping.lambda);
    if (cholesky_lower(factor)) return damping;
  }
  return std::nullopt;
}

bool refresh(const DampingRule& rule, Curvature& curvature) {
  const double asked = damping_of(rule, curvature);
  if (!keeps_square(curvature)) {
    const double least = resolution * curvature.trace;
    curvature.lambda = std::max(asked, least);
    return asked < least;
  }
  if (curvature.basis.size() > 0) {
    const double least = resolution * curvature.a.diagonal().cast<double>().sum();
    curvature.lambda = std::max(asked, least);
    if (curvature.values.maxCoeff() <= 0)
      iterate(curvature.a, curvature.basis, curvature.values);  // from a random start
    iterate(curvature.a, curvature.basis, curvature.values);
    const double others = curvature.a.diagonal().cast<double>().sum() - curvature.values.cast<double>().sum();
    curvature.rest = std::max(0.0, others / static_cast<double>(curvature.a.rows() - rank));
    return asked < least;
  }
  Matrix factor;
  const std::optional<Damping> found = factorise(curvature.a, asked, factor);
  if (!found) return true;
  curvature.factor.swap(factor);
  curvature.lambda = found->lambda;
  return found->raised;
}

void solve(const Curvature& curvature, Matrix& part, Matrix& d) {
  if (curvature.basis.size() == 0) {
    solve_right_lower_transposed(curvature.factor, d);
    solve_right_lower(curvature.factor, d);
    return;
  }
  // 1/(s + lambda) along V, 1/(rest + lambda) across: apply the latter everywhere, then correct the part along V.
  const double across = curvature.rest + curvature.lambda;
  part.resize(d.rows(), curvature.basis.cols());
  gemm(1.0F, d, Op::none, curvature.basis, Op::none, 0.0F, part);
  for (Index k = 0; k < part.cols(); ++k) {
    const double s = curvature.values[k];
    part.col(k) *= static_cast<Scalar>((s - curvature.rest) / (s + curvature.lambda));
  }
  gemm(static_cast<Scalar>(-1.0 / across), part, Op::none, curvature.basis, Op::transpose,
       static_cast<Scalar>(1.0 / across), d);
}

}  // namespace altmind
