#include "core/curvature.hpp"

#include <algorithm>

#include "core/blas.hpp"
#include "core/random.hpp"

namespace altmind {

namespace {

constexpr double damping_share = 0.04;  // rho
constexpr double least_damping = 1e-12;
constexpr Index narrow_inputs = 256;
constexpr Index rank = 64;

/// V <- about the leading eigenvectors of A, from V; values <- their eigenvalues.
void iterate(const Matrix& a, Matrix& basis, Vector& values) {
  Matrix image(basis.rows(), basis.cols());
  multiply_symmetric_lower(a, basis, image);
  // A V = Q R; the singular values of R are the eigenvalues once V has settled.
  Matrix r = orthonormalise(image);
  const Scalar scale = r.cwiseAbs().maxCoeff();  // squares of what A may hold leave float32
  if (scale > 0) r /= scale;
  Matrix gram(r.rows(), r.rows());
  gemm(1.0F, r, Op::none, r, Op::transpose, 0.0F, gram);
  Vector squares;
  eigen_symmetric(gram, squares);
  values = scale * squares.cwiseMax(0.0F).cwiseSqrt();
  gemm(1.0F, image, Op::none, gram, Op::none, 0.0F, basis);
}

}  // namespace

Curvature fresh_curvature(Index n) {
  Curvature curvature;
  curvature.a = Matrix::Zero(n, n);
  if (n <= narrow_inputs) {
    curvature.factor = Matrix::Zero(n, n);
    return curvature;
  }
  // Any start does that is not orthogonal to what A will hold.
  Random random(static_cast<std::uint64_t>(n));
  curvature.basis.resize(n, rank);
  for (Index j = 0; j < rank; ++j) {
    for (Index i = 0; i < n; ++i) curvature.basis(i, j) = static_cast<Scalar>(random.normal());
  }
  orthonormalise(curvature.basis);
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

double damping_of(std::optional<double> damping, const Matrix& a) {
  const Index n = a.rows();
  const double trace = a.diagonal().cast<double>().sum();
  if (damping) return std::max(least_damping, *damping * trace / static_cast<double>(n));
  double squares = 0.0;
  for (Index j = 0; j < n; ++j) {
    const double diagonal = a(j, j);
    squares += diagonal * diagonal + 2.0 * a.col(j).tail(n - j - 1).cast<double>().squaredNorm();
  }
  return std::max(least_damping, damping_share * squares / trace);
}

void refresh(std::optional<double> damping, Curvature& curvature) {
  curvature.lambda = damping_of(damping, curvature.a);
  if (curvature.basis.size() > 0) {
    if (curvature.values.maxCoeff() <= 0)
      iterate(curvature.a, curvature.basis, curvature.values);  // from a random start
    iterate(curvature.a, curvature.basis, curvature.values);
    const double others = curvature.a.diagonal().cast<double>().sum() - curvature.values.cast<double>().sum();
    curvature.rest = std::max(0.0, others / static_cast<double>(curvature.a.rows() - rank));
    return;
  }
  curvature.factor = curvature.a;
  curvature.factor.diagonal().array() += static_cast<Scalar>(curvature.lambda);
  cholesky_lower(curvature.factor);
}

void solve(const Curvature& curvature, Matrix& part, Matrix& d) {
  if (curvature.basis.size() == 0) {
    solve_right_lower_transposed(curvature.factor, d);
    solve_right_lower(curvature.factor, d);
    return;
  }
  // 1/(s + lambda) along V, 1/(rest + lambda) across: the second everywhere, less what is too much along V.
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
