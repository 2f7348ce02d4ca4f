#pragma once
// A second implementation of self-tuned steps: double, naive, from the equations of docs/algorithm.md ("Self-tuned
// steps") and sharing no code with core. For layers of at most 256 inputs, `norm` = exact, and batches of fewer than
// 100 samples, all of which are measured.

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include "tests/support/reference.hpp"

namespace altmind::test {

class TunedReference {
 public:
  struct Layer {
    Real a;       ///< A
    Real damped;  ///< A + lambda I as of the last refresh
    double lambda = 0.0;
    double step_ratio = 0.0;  ///< r
    double gain = 0.0;        ///< f g of the last step
  };

  TunedReference(const LearnerOptions& options, const std::vector<Matrix>& weights) : options_(options) {
    for (const Matrix& weight : weights) w.push_back(real(weight));
    fast = slow = w;
    for (const Real& weight : w) layers.push_back({Real::Zero(weight.cols(), weight.cols()), {}, 0.0, 0.0, 0.0});
  }

  /// Learns one batch x (inputs, m). Returns the mean loss of the weights that were served before it.
  double step(const Real& x, const Wanted& wanted) {
    const auto m = static_cast<double>(x.cols());
    const Activation activation = options_.model.activation;
    const Forward f = forward(activation, w, x);
    const std::array<double, 3> losses = {score(wanted, f.z), score(wanted, forward(activation, fast, x).z),
                                          score(wanted, forward(activation, slow, x).z)};
    const double reported = losses[served];
    const std::vector<Real> target = targets(f, wanted);
    ++t_;
    const double batches = options_.memory.horizon ? std::max(1.0, *options_.memory.horizon / m) : 1e300;
    update_memory(f, std::max(1.0 / t_, 1.0 / batches), std::min(t_, batches));
    update_weights(f, target, x, m);
    average(losses, m);
    return reported;
  }

  /// Ends the step of m samples: from now on this set is served. The caller chooses it, because it knows where losses
  /// are equal up to rounding.
  void serve(std::size_t set, double m) {
    served = set;
    const double change = served == 0 ? 0.02 : served == 1 ? 0.0 : -0.01;
    const double most = std::min(std::log(0.9), std::log(std::sqrt(200.0 / m)));
    log_step_fraction = std::max(std::log(0.1), std::min(most, log_step_fraction + change));
  }

  std::vector<Real> w, fast, slow;
  std::vector<Layer> layers;
  std::array<double, 3> loss{};
  std::size_t served = 0;
  double log_step_fraction = std::log(0.3);

 private:
  bool regression() const { return options_.model.spec.task == Task::regression; }
  double curvature() const { return regression() ? 1.0 : 0.5; }

  double score(const Wanted& wanted, const Real& z) const {
    if (regression()) return (z - wanted.target).squaredNorm() / static_cast<double>(z.size());
    return test::loss(wanted, z) / static_cast<double>(z.cols());
  }

  /// Returns c_new of every hidden layer, then z~.
  std::vector<Real> targets(const Forward& f, const Wanted& wanted) const {
    const std::size_t hidden = f.c.size();
    const Activation activation = options_.model.activation;
    std::vector<Real> result(hidden + 1);
    result[hidden] = f.z;
    for (int k = 0; k < 5; ++k) result[hidden] -= loss_gradient(wanted, result[hidden]) / curvature();
    double length = 0.0;
    for (std::size_t l = hidden; l-- > 0;) {
      const Real& c0 = f.c[l];
      const bool top = l + 1 == hidden;
      LearningOptions learning = options_.learning;
      if (!top) learning.code_steps = std::min<std::size_t>(2, learning.code_steps);
      const double norm = norm_squared(w[l + 1]);
      const auto gradient = [&](const Real& c) -> Real {
        const Real z = linear(w[l + 1], sigma(activation, c));
        const Real error = top ? loss_gradient(wanted, z) : Real(z - result[l + 1]);
        const Real own = top ? Real(2.0 * learning.mu * (c - c0)) : Real(c - c0);
        return back(w[l + 1], error).cwiseProduct(slope(activation, c)) + own;
      };
      Real d =
          nesterov(gradient, c0,
                   top ? (regression() ? 0.7 : 1.8) / (curvature() * norm + 2.0 * learning.mu) : 1.0 / (norm + 1.0),
                   learning) -
          c0;
      if (!top && d.norm() > 0) d *= std::min(100.0, length / d.norm());
      length = d.norm();
      result[l] = c0 + d;
    }
    return result;
  }

  void update_memory(const Forward& f, double weight, double age) {
    const bool refresh = refreshed_ == 0 || t_ - refreshed_ >= std::max(1.0, (age < 100.0 ? 0.5 : 0.1) * age);
    for (std::size_t l = 0; l < layers.size(); ++l) {
      Layer& layer = layers[l];
      const Real a = with_ones(f.a[l]);
      layer.a *= 1.0 - weight;
      for (Index i = 0; i < a.cols(); ++i) {
        layer.a += weight / static_cast<double>(a.cols()) * a.col(i) * a.col(i).transpose();
      }
      if (!refresh) continue;
      const double trace = layer.a.trace();
      layer.lambda = options_.memory.damping ? *options_.memory.damping * trace / static_cast<double>(layer.a.rows())
                                             : 0.04 * layer.a.squaredNorm() / trace;
      layer.damped = layer.a + layer.lambda * Real::Identity(layer.a.rows(), layer.a.cols());
    }
    if (refresh) refreshed_ = t_;
  }

  void update_weights(const Forward& f, const std::vector<Real>& target, const Real& x, double m) {
    const double reach = std::exp(log_step_fraction) * std::sqrt(m / 200.0);
    Real below = x;  // a~
    for (std::size_t l = 0; l < layers.size(); ++l) {
      Layer& layer = layers[l];
      const Real& c0 = l < f.c.size() ? f.c[l] : f.z;
      const Real d = target[l] - c0;
      const Real a = with_ones(f.a[l]);
      const Real u = (d * a.transpose() / m) * inverse(layer.damped);
      const double asked = d.squaredNorm();
      if (asked > 0) layer.step_ratio += std::max(0.5, 1.0 / t_) * ((u * a).squaredNorm() / asked - layer.step_ratio);
      const double done = l == 0 || asked == 0 ? 0.0 : (linear(w[l], below) - c0).cwiseProduct(d).sum() / asked;
      layer.gain = reach / std::max(std::sqrt(layer.step_ratio), 0.001) / (1.0 + std::max(0.0, done) / reach);
      w[l] += layer.gain * u;
      below = sigma(options_.model.activation, linear(w[l], below));
    }
  }

  void average(const std::array<double, 3>& losses, double m) {
    for (std::size_t i = 0; i < 3; ++i)
      loss[i] += std::min(1.0, std::max(1.0 / t_, m / 4000.0)) * (losses[i] - loss[i]);
    for (std::size_t l = 0; l < w.size(); ++l) {
      fast[l] += std::max(1.0 / t_, 0.1) * (w[l] - fast[l]);
      slow[l] += 1.0 / (1.0 + t_ / 4.0) * (w[l] - slow[l]);
    }
  }

  LearnerOptions options_;
  double t_ = 0.0;
  double refreshed_ = 0.0;
};

}  // namespace altmind::test
