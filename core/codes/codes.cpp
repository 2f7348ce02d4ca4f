#include "core/codes/codes.hpp"

#include <algorithm>
#include <cmath>

#include "core/codes/spectral_norm.hpp"
#include "core/linalg/blas.hpp"
#include "core/model/layer_activation.hpp"
#include "core/model/linear_map.hpp"

namespace altmind {

namespace {

constexpr int logit_steps = 5;
constexpr double least_norm = 1e-6;  // an output layer of zeros yields no direction anyway
constexpr std::size_t most_steps_below = 2;
constexpr double most_stretch = 100.0;

/// out <- [sigma(c); 1].
void activate_with_bias(const Layer& layer, const Matrix& code, const Matrix& mask, Winners& winners, Matrix& out) {
  if (out.rows() != layer.outputs + 1 || out.cols() != code.cols()) {
    out.resize(layer.outputs + 1, code.cols());
    out.row(layer.outputs).setOnes();
  }
  activate(layer, code, mask, out.topRows(layer.outputs), winners);
}

/// One Nesterov iteration: v <- momentum v + grad; c <- c - rate (grad + momentum v).
void descend(double rate, const LearningOptions& options, const Matrix& gradient, Matrix& velocity, Matrix& code) {
  const auto momentum = static_cast<Scalar>(options.momentum);
  const auto step = static_cast<Scalar>(rate);
  const auto threshold = static_cast<Scalar>(rate * options.sparsity);
  Scalar* const c = code.data();
  Scalar* const v = velocity.data();
  const Scalar* const g = gradient.data();
  for (Index i = 0; i < code.size(); ++i) {
    v[i] = momentum * v[i] + g[i];
    c[i] -= step * (g[i] + momentum * v[i]);
  }
  if (threshold > 0) code.array() = code.array().sign() * (code.array().abs() - threshold).cwiseMax(0.0F);
}

/// Problem (4).
void solve_top(const Network& network, const Encoding& encoding, const Targets& targets, const LearningOptions& options,
               double rate, Matrix& activation, CodeUpdate& update) {
  const std::size_t top = network.hidden() - 1;
  const Layer& layer = network.layers[top];
  const Matrix& w = network.weights.back();
  const Matrix& c0 = encoding.code[top];
  Matrix& code = update.code[top];
  const auto pull = static_cast<Scalar>(2.0 * options.mu);
  for (std::size_t k = 0; k < options.code_steps; ++k) {
    if (k == 0) {
      update.residual = encoding.logits;
    } else {
      activate_with_bias(layer, code, encoding.mask[top], update.winners, activation);
      update.residual.resize(w.rows(), code.cols());
      gemm(1.0F, w, Op::none, activation, Op::none, 0.0F, update.residual);
    }
    loss_gradient(targets, update.residual);
    update.gradient.resize(layer.outputs, code.cols());
    gemm(1.0F, w.leftCols(layer.outputs), Op::transpose, update.residual, Op::none, 0.0F, update.gradient);
    const Matrix& a = k == 0 ? encoding.activation[top + 1] : activation;
    pull_back(layer, code, encoding.mask[top], a.topRows(layer.outputs),
              k == 0 ? encoding.winners[top] : update.winners, update.gradient, update.buffer);
    if (pull > 0) update.gradient += pull * (code - c0);
    descend(rate, options, update.gradient, update.velocity, code);
  }
}

/// Problem (5) for the hidden layer at index l, given the new codes of the layer above.
///
/// W^T (W a_k - c_new) = W^T (W a_0 - c_new) + W^T W (a_k - a_0): with the Gram matrix an iteration takes
/// one product instead of two. Used unless the layer above is much narrower.
void solve_below(const Network& network, const Encoding& encoding, std::size_t l, const LearningOptions& options,
                 std::size_t steps, double rate, Matrix& activation, CodeUpdate& update) {
  const Matrix& w = network.weights[l + 1];
  const Matrix& c0 = encoding.code[l];
  Matrix& code = update.code[l];
  const Index n = code.rows();
  const Index above = w.rows();
  const Index m = code.cols();
  const auto later = static_cast<Index>(steps) - 1;
  const bool gram = later * m * n * n + n * n * above < 2 * later * m * n * above;
  if (gram) {
    update.gram.resize(n, n);
    gemm(1.0F, w.leftCols(n), Op::transpose, w.leftCols(n), Op::none, 0.0F, update.gram);
  }
  for (std::size_t k = 0; k < steps; ++k) {
    const Matrix& a = k == 0 ? encoding.activation[l + 1] : activation;
    if (k == 0) {
      update.residual = encoding.code[l + 1] - update.code[l + 1];  // W a_0 is c0 of the layer above
      gemm(1.0F, w.leftCols(n), Op::transpose, update.residual, Op::none, 0.0F, update.gradient);
      if (gram) update.start = update.gradient;
    } else {
      activate_with_bias(network.layers[l], code, encoding.mask[l], update.winners, activation);
      if (gram) {
        update.residual = activation.topRows(n) - encoding.activation[l + 1].topRows(n);
        update.gradient = update.start;
        gemm(1.0F, update.gram, Op::none, update.residual, Op::none, 1.0F, update.gradient);
      } else {
        update.residual = update.code[l + 1];
        gemm(1.0F, w, Op::none, activation, Op::none, -1.0F, update.residual);
        gemm(1.0F, w.leftCols(n), Op::transpose, update.residual, Op::none, 0.0F, update.gradient);
      }
    }
    pull_back(network.layers[l], code, encoding.mask[l], a.topRows(n), update.winners, update.gradient, update.buffer);
    update.gradient += code - c0;
    descend(rate, options, update.gradient, update.velocity, code);
  }
}

/// Replaces Problem (5) if a layer is not dense or has no derivative: c0 + sigma'(c0) W^T d, one masked
/// request. The proximal term of (5) would need the norm of the whole map, for a convolution up to k^2 times that of
/// its weights, and gains too little to be worth it.
void ask_below(const Network& network, const Encoding& encoding, std::size_t l, CodeUpdate& update) {
  const Layer& layer = network.layers[l];
  update.residual = update.code[l + 1] - encoding.code[l + 1];
  back(network.layers[l + 1], network.weights[l + 1], update.residual, update.buffer, update.gradient);
  pull_back(layer, encoding.code[l], encoding.mask[l], encoding.activation[l + 1].topRows(layer.outputs),
            encoding.winners[l], update.gradient, update.buffer);
  update.code[l] = encoding.code[l] + update.gradient;
}

/// Completes the requests on codes that the next layer does not see, but later codes of the same sample do.
void complete(const Network& network, const Encoding& encoding, std::size_t l, CodeUpdate& update) {
  const Layer& layer = network.layers[l];
  if (layer.telling() == layer.codes()) return;
  update.gradient = update.code[l] - encoding.code[l];
  complete(layer, network.weights[l], encoding.regressors(l), encoding.code[l], update.gradient);
  update.code[l] = encoding.code[l] + update.gradient;
}

/// Returns the largest second derivative of the loss along any direction in the logits.
double loss_curvature(Task task) {
  return task == Task::classification ? 0.5 : 1.0;
}

/// Returns the step of Problem (4) in units of 1 / curvature. A squared error attains its curvature bound everywhere,
/// and Nesterov iterations with momentum 0.9 diverge from 1.36 on. Softmax seldom attains it: longer steps work better.
double top_rate(Task task) {
  return task == Task::classification ? 1.8 : 0.7;
}

void move_logits(const Targets& targets, const Encoding& encoding, CodeUpdate& update) {
  update.logits = encoding.logits;
  const auto step = static_cast<Scalar>(1.0 / loss_curvature(targets.task));
  for (int k = 0; k < logit_steps; ++k) {
    update.residual = update.logits;
    loss_gradient(targets, update.residual);
    update.logits -= step * update.residual;
  }
}

/// c_new <- c0 + d * (||d of the layer above|| / ||d||).
void stretch(const Encoding& encoding, std::size_t l, CodeUpdate& update) {
  const auto length = [&](std::size_t k) {
    return std::sqrt(static_cast<double>((update.code[k] - encoding.code[k]).squaredNorm()));
  };
  const double own = length(l);
  const double factor = own > 0 ? std::min(most_stretch, length(l + 1) / own) : 1.0;
  update.code[l] = encoding.code[l] + static_cast<Scalar>(factor) * (update.code[l] - encoding.code[l]);
}

}  // namespace

void update_codes(const Network& network, const Encoding& encoding, const Targets& targets,
                  const LearningOptions& options, bool activate_all, std::vector<Vector>& norm_vectors,
                  CodeUpdate& update) {
  const std::size_t hidden = network.hidden();
  const bool automatic = !options.code_rate;
  const bool solved = !automatic || dense_and_smooth(network.layers);  // by Problem (5) itself
  const std::size_t steps_below =
      automatic ? std::min<std::size_t>(most_steps_below, options.code_steps) : options.code_steps;
  if (automatic || options.output_rule == OutputRule::automatic) move_logits(targets, encoding, update);
  update.code.resize(hidden);
  update.activation.resize(hidden);
  for (std::size_t above = hidden; above > 0; --above) {
    const std::size_t l = above - 1;
    update.code[l] = encoding.code[l];
    update.velocity.setZero(encoding.code[l].rows(), encoding.code[l].cols());
    update.gradient.resize(encoding.code[l].rows(), encoding.code[l].cols());
    const bool top = above == hidden;
    const double passed = 1.0 - network.layers[l].dropout;  // dropout scales what it lets through by the inverse
    const double norm = (top && !automatic) || (!top && !solved)
                            ? 0.0
                            : spectral_norm_squared(options.norm, network.weights[l + 1], norm_vectors[l]) / passed;
    if (top) {
      const double rate = automatic ? top_rate(targets.task) /
                                          (loss_curvature(targets.task) * std::max(norm, least_norm) + 2.0 * options.mu)
                                    : *options.code_rate;
      solve_top(network, encoding, targets, options, rate, update.activation[l], update);
    } else {
      if (solved) {
        solve_below(network, encoding, l, options, steps_below, 1.0 / (norm + 1.0), update.activation[l], update);
      } else {
        ask_below(network, encoding, l, update);
      }
      if (automatic) stretch(encoding, l, update);
    }
    complete(network, encoding, l, update);
    if (activate_all) {
      activate_with_bias(network.layers[l], update.code[l], encoding.mask[l], update.winners, update.activation[l]);
    }
  }
}

}  // namespace altmind
