#include "core/weights/gradient_rule.hpp"

#include <algorithm>
#include <cmath>

namespace altmind {

namespace {

/// A square that overflowed float32 would stay in the second moment for ever and freeze its weight.
constexpr Scalar largest_square = 1e38F;

}  // namespace

Moments fresh_moments(OutputRule rule, const Matrix& weight) {
  if (rule == OutputRule::sgd) return {};
  return {0, Matrix::Zero(weight.rows(), weight.cols()), Matrix::Zero(weight.rows(), weight.cols())};
}

double gradient_step(OutputRule rule, double rate, const Matrix& gradient, Moments& moments, Matrix& weight) {
  if (rule == OutputRule::sgd) {
    weight -= static_cast<Scalar>(rate) * gradient;
    return rate * std::sqrt(static_cast<double>(gradient.squaredNorm()));
  }
  constexpr double beta1 = 0.9;
  constexpr double beta2 = 0.999;
  ++moments.steps;
  const auto t = static_cast<double>(moments.steps);
  const auto keep1 = static_cast<Scalar>(beta1);
  const auto keep2 = static_cast<Scalar>(beta2);
  const auto correct1 = static_cast<Scalar>(1.0 / (1.0 - std::pow(beta1, t)));
  const auto correct2 = static_cast<Scalar>(1.0 / (1.0 - std::pow(beta2, t)));
  const auto step = static_cast<Scalar>(rate);
  const Scalar* const g = gradient.data();
  Scalar* const m = moments.first.data();
  Scalar* const v = moments.second.data();
  Scalar* const w = weight.data();
  double square = 0.0;
  for (Index i = 0; i < weight.size(); ++i) {
    m[i] = keep1 * m[i] + (1.0F - keep1) * g[i];
    v[i] = keep2 * v[i] + (1.0F - keep2) * std::min(g[i] * g[i], largest_square);
    const Scalar move = step * (m[i] * correct1) / (std::sqrt(v[i] * correct2) + 1e-8F);
    w[i] -= move;
    square += static_cast<double>(move) * move;
  }
  return std::sqrt(square);
}

}  // namespace altmind
