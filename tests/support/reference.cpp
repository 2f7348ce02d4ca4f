#include "tests/support/reference.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>

namespace altmind::test {

Matrix random_matrix(Index rows, Index cols, Random& random, double scale) {
  Matrix m(rows, cols);
  for (Index j = 0; j < cols; ++j) {
    for (Index i = 0; i < rows; ++i) m(i, j) = static_cast<Scalar>(scale * random.normal());
  }
  return m;
}

Real real(const Matrix& m) {
  return m.cast<double>();
}

double apart(const Matrix& actual, const Real& expected) {
  if (actual.rows() != expected.rows() || actual.cols() != expected.cols()) {
    return std::numeric_limits<double>::infinity();
  }
  double difference = 0.0;
  double scale = 0.0;
  for (Index j = 0; j < expected.cols(); ++j) {
    for (Index i = 0; i < expected.rows(); ++i) {
      const double away = std::abs(static_cast<double>(actual(i, j)) - expected(i, j));
      if (!(away <= difference)) difference = std::isnan(away) ? std::numeric_limits<double>::infinity() : away;
      scale = std::max(scale, std::abs(expected(i, j)));
    }
  }
  return scale > 0 ? difference / scale : difference;
}

double distance(const Matrix& actual, const Real& expected) {
  return (real(actual) - expected).norm() / expected.norm();
}

Real symmetric(const Matrix& lower) {
  return real(lower).selfadjointView<Eigen::Lower>();
}

Real inverse(const Real& a) {
  return a.partialPivLu().inverse();
}

Real solve(const Real& a, const Real& b) {
  return a.partialPivLu().solve(b);
}

Eigen::VectorXd eigenvalues(const Real& a) {
  return Eigen::SelfAdjointEigenSolver<Real>(a, Eigen::EigenvaluesOnly).eigenvalues();
}

Real sigma(Activation activation, Real c) {
  for (Index i = 0; i < c.size(); ++i) {
    double& v = c.data()[i];
    if (activation == Activation::relu) v = v > 0 ? v : 0;
    if (activation == Activation::tanh) v = std::tanh(v);
    if (activation == Activation::sign) v = v < 0 ? -1 : 1;
  }
  return c;
}

Real slope(Activation activation, Real c) {
  const double deviation = std::sqrt(c.squaredNorm() / static_cast<double>(c.size()));
  for (Index i = 0; i < c.size(); ++i) {
    double& v = c.data()[i];
    switch (activation) {
      case Activation::relu:
        v = v > 0 ? 1 : 0;
        break;
      case Activation::tanh:
        v = 1.0 / (std::cosh(v) * std::cosh(v));
        break;
      case Activation::identity:
        v = 1;
        break;
      case Activation::sign:
        v = std::abs(v) <= deviation ? 1 : 0;
        break;
    }
  }
  return c;
}

Real linear(const Real& w, const Real& a) {
  Real c(w.rows(), a.cols());
  for (Index t = 0; t < a.cols(); ++t) {
    for (Index i = 0; i < w.rows(); ++i) {
      double sum = w(i, w.cols() - 1);
      for (Index j = 0; j < a.rows(); ++j) sum += w(i, j) * a(j, t);
      c(i, t) = sum;
    }
  }
  return c;
}

Real back(const Real& w, const Real& r) {
  Real g = Real::Zero(w.cols() - 1, r.cols());
  for (Index t = 0; t < r.cols(); ++t) {
    for (Index j = 0; j + 1 < w.cols(); ++j) {
      for (Index i = 0; i < w.rows(); ++i) g(j, t) += w(i, j) * r(i, t);
    }
  }
  return g;
}

Real with_ones(const Real& a) {
  Real out(a.rows() + 1, a.cols());
  out.topRows(a.rows()) = a;
  out.row(a.rows()).setOnes();
  return out;
}

Forward forward(Activation activation, const std::vector<Real>& w, const Real& x) {
  Forward f;
  f.a.push_back(x);
  for (std::size_t l = 0; l + 1 < w.size(); ++l) {
    f.c.push_back(linear(w[l], f.a.back()));
    f.a.push_back(sigma(activation, f.c.back()));
  }
  f.z = linear(w.back(), f.a.back());
  return f;
}

double loss(const Wanted& wanted, const Real& z) {
  if (wanted.target.size() > 0) return 0.5 * (z - wanted.target).squaredNorm();
  double sum = 0.0;
  for (Index t = 0; t < z.cols(); ++t) {
    double top = z(0, t);
    for (Index k = 1; k < wanted.classes; ++k) top = std::max(top, z(k, t));
    double all = 0.0;
    for (Index k = 0; k < wanted.classes; ++k) all += std::exp(z(k, t) - top);
    sum += std::log(all) + top - z(static_cast<Index>(wanted.label[static_cast<std::size_t>(t)]), t);
  }
  return sum;
}

Real loss_gradient(const Wanted& wanted, const Real& z) {
  if (wanted.target.size() > 0) return z - wanted.target;
  Real g = Real::Zero(z.rows(), z.cols());
  for (Index t = 0; t < z.cols(); ++t) {
    double top = z(0, t);
    for (Index k = 1; k < wanted.classes; ++k) top = std::max(top, z(k, t));
    double all = 0.0;
    for (Index k = 0; k < wanted.classes; ++k) all += std::exp(z(k, t) - top);
    for (Index k = 0; k < wanted.classes; ++k) g(k, t) = std::exp(z(k, t) - top) / all;
    g(static_cast<Index>(wanted.label[static_cast<std::size_t>(t)]), t) -= 1.0;
  }
  return g;
}

double norm_squared(const Real& w) {
  const Real body = w.leftCols(w.cols() - 1);
  Random random(99);
  Eigen::VectorXd v(body.cols());
  for (Index i = 0; i < v.size(); ++i) v[i] = random.normal();
  double square = 0.0;
  for (int k = 0; k < 20'000; ++k) {
    const Eigen::VectorXd next = body.transpose() * (body * v);
    const double length = next.norm();
    if (length == 0) return 0.0;
    v = next / length;
    if (std::abs(length - square) < 1e-14 * length) break;
    square = length;
  }
  return (body * v).squaredNorm();
}

double soft(double v, double threshold) {
  return v > threshold ? v - threshold : v < -threshold ? v + threshold : 0.0;
}

Real nesterov(const std::function<Real(const Real&)>& gradient, const Real& c0, double rate,
              const LearningOptions& options) {
  Real c = c0;
  Real v = Real::Zero(c0.rows(), c0.cols());
  for (std::size_t k = 0; k < options.code_steps; ++k) {
    const Real g = gradient(c);
    v = options.momentum * v + g;
    c -= rate * (g + options.momentum * v);
    for (Index i = 0; i < c.size(); ++i) c.data()[i] = soft(c.data()[i], rate * options.sparsity);
  }
  return c;
}

std::vector<Real> update_codes(Activation activation, const std::vector<Real>& w, const Forward& f,
                               const Wanted& wanted, const LearningOptions& options) {
  const std::size_t hidden = f.c.size();
  std::vector<Real> result(hidden);
  for (std::size_t l = hidden; l-- > 0;) {
    const Real& c0 = f.c[l];
    if (l + 1 == hidden) {
      const auto gradient = [&](const Real& c) -> Real {
        const Real g = back(w[l + 1], loss_gradient(wanted, linear(w[l + 1], sigma(activation, c))));
        return g.cwiseProduct(slope(activation, c)) + 2.0 * options.mu * (c - c0);
      };
      result[l] = nesterov(gradient, c0, options.code_rate.value(), options);
    } else {
      const auto gradient = [&](const Real& c) -> Real {
        const Real g = back(w[l + 1], linear(w[l + 1], sigma(activation, c)) - result[l + 1]);
        return g.cwiseProduct(slope(activation, c)) + (c - c0);
      };
      result[l] = nesterov(gradient, c0, 1.0 / (norm_squared(w[l + 1]) + 1.0), options);
    }
  }
  return result;
}

Real bcd(const Real& a, const Real& b, Real w, double lambda, std::size_t sweeps, double l1,
         const std::function<bool(Index)>& moves) {
  const Real before = w;
  for (std::size_t s = 0; s < sweeps; ++s) {
    for (Index j = 0; j < w.cols(); ++j) {
      if (!(a(j, j) > 0) || !moves(j)) continue;
      for (Index i = 0; i < w.rows(); ++i) {
        double r = b(i, j) - lambda * (w(i, j) - before(i, j));
        for (Index k = 0; k < w.cols(); ++k) r -= w(i, k) * a(k, j);
        // Every row is an independent problem.
        w(i, j) = soft(w(i, j) + r / (a(j, j) + lambda), l1);
      }
    }
  }
  return w;
}

}  // namespace altmind::test
