#include "core/model/batch_norm.hpp"

#include <cmath>

#include "core/linalg/blas.hpp"

namespace altmind {

namespace {

constexpr Scalar least_variance = 1e-5F;

auto inverse_deviation(const Matrix& statistics) {
  return (statistics.col(1).array() + least_variance).rsqrt();
}

}  // namespace

BatchNorm fresh_batch_norm(const Matrix& weight) {
  BatchNorm norm;
  norm.weight = weight;
  norm.weight.rightCols(1).setZero();
  norm.affine.setZero(weight.rows(), 2);
  norm.affine.col(0).setOnes();
  norm.statistics.setZero(weight.rows(), 2);
  norm.statistics.col(1).setOnes();
  return norm;
}

Matrix row_statistics(const Matrix& codes) {
  Matrix statistics(codes.rows(), 2);
  const auto m = static_cast<double>(codes.cols());
  for (Index i = 0; i < codes.rows(); ++i) {
    const auto row = codes.row(i).cast<double>();
    const double mean = row.sum() / m;
    statistics(i, 0) = static_cast<Scalar>(mean);
    statistics(i, 1) = static_cast<Scalar>((row.array() - mean).square().sum() / m);
  }
  return statistics;
}

Matrix folded(const BatchNorm& norm, const Matrix& statistics) {
  const Vector scale = norm.affine.col(0).array() * inverse_deviation(statistics);
  Matrix weight = norm.weight.array().colwise() * scale.array();
  weight.rightCols(1) = norm.affine.col(1) - scale.cwiseProduct(statistics.col(0));
  return weight;
}

void follow_statistics(const Matrix& statistics, Index m, double share, BatchNorm& norm) {
  Matrix batch = statistics;
  batch.col(1) *= static_cast<Scalar>(static_cast<double>(m) / static_cast<double>(m - 1));
  norm.statistics += static_cast<Scalar>(share) * (batch - norm.statistics);
}

void batch_norm_gradient(const BatchNorm& norm, const Matrix& a, const Matrix& raw, const Matrix& statistics, Matrix& d,
                         BatchNormGradient& gradient) {
  const Vector inverse = inverse_deviation(statistics);
  const Matrix standard = (raw.colwise() - statistics.col(0)).array().colwise() * inverse.array();
  gradient.affine.resize(d.rows(), 2);
  gradient.affine.col(0) = d.cwiseProduct(standard).rowwise().sum();
  gradient.affine.col(1) = d.rowwise().sum();
  const auto m = static_cast<Scalar>(d.cols());
  // Mean and variance are those of the batch and depend on V.
  d.colwise() -= gradient.affine.col(1) / m;
  d -= (standard.array().colwise() * (gradient.affine.col(0) / m).array()).matrix();
  d.array().colwise() *= norm.affine.col(0).array() * inverse.array();
  gradient.weight.resize(norm.weight.rows(), norm.weight.cols());
  gemm(1.0F, d, Op::none, a, Op::transpose, 0.0F, gradient.weight);
  gradient.weight.rightCols(1).setZero();
}

}  // namespace altmind
