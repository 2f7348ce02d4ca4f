#include "core/self_tuned_step.hpp"

#include <algorithm>
#include <cmath>

#include "core/activation.hpp"
#include "core/blas.hpp"

namespace altmind {

namespace {

constexpr Index probe_samples = 50;
constexpr Index wide = 256;            ///< inputs from which A is too dear to be updated from every sample
constexpr std::uint64_t thorough = 9;  ///< first steps, in which every batch counts for A
constexpr std::uint64_t pause = 4;     ///< afterwards a wide A is updated once in so many steps
constexpr double refresh_share = 0.1;  ///< factors are refreshed when A has aged by this share
constexpr double ratio_weight = 0.5;
constexpr double least_ratio = 0.001;  ///< of sqrt(r)
constexpr double reference_batch = 200.0;

double square(const Matrix& m) {
  return static_cast<double>(m.squaredNorm());
}

/// Every `stride`-th column.
auto columns(const Matrix& m, Index stride) {
  return Eigen::Map<const Matrix, 0, Eigen::OuterStride<>>(m.data(), m.rows(), (m.cols() + stride - 1) / stride,
                                                           Eigen::OuterStride<>(m.rows() * stride));
}

double batches_of(std::optional<double> horizon, double m) {
  return horizon ? std::max(1.0, *horizon / m) : 1e300;
}

}  // namespace

Index probe_stride(Index m) {
  return std::max<Index>(1, m / probe_samples);
}

void SelfTunedStep::add_batch(const LearnerOptions& options, const Encoding& encoding, Tuning& tuning) const {
  const MemoryOptions& memory = options.memory;
  const Index m = encoding.logits.cols();
  ++tuning.steps;
  for (std::size_t l = 0; l < tuning.layers.size(); ++l) {
    const bool thin = tuning.layers[l].a.rows() > wide && !memory.rows;
    if (thin && tuning.steps > thorough && tuning.steps % pause != 0) continue;
    const auto t = static_cast<double>(tuning.steps);
    const double steps = thin && tuning.steps > thorough ? static_cast<double>(pause) : 1.0;
    const double w = std::min(1.0, steps * std::max(1.0 / t, 1.0 / batches_of(memory.horizon, static_cast<double>(m))));
    const Index stride = memory.rows ? std::max<Index>(1, static_cast<Index>(std::floor(1.0 / *memory.rows + 1e-9)))
                         : thin      ? probe_stride(m)
                                     : 1;
    add(encoding.activation[l], stride, w, tuning.layers[l]);
  }
  const double age = std::min(static_cast<double>(tuning.steps), batches_of(memory.horizon, static_cast<double>(m)));
  if (tuning.refreshed == 0 ||
      static_cast<double>(tuning.steps - tuning.refreshed) >= std::max(1.0, refresh_share * age)) {
    for (Curvature& layer : tuning.layers) refresh(memory.damping, layer);
    tuning.refreshed = tuning.steps;
  }
}

void SelfTunedStep::update_weights(const Encoding& encoding, const CodeUpdate& update, LearnerState& state,
                                   StepReport& report) {
  Tuning& tuning = state.tuning;
  const Index m = encoding.logits.cols();
  const Index stride = probe_stride(m);
  const double reach = tuning.sets.boldness() * std::sqrt(static_cast<double>(m) / reference_batch);
  const double weight = std::max(ratio_weight, 1.0 / static_cast<double>(tuning.steps - tuning.restarted));
  const std::size_t hidden = state.network.hidden();
  my_.input = columns(encoding.activation[0], stride);  // a~
  for (std::size_t l = 0; l < tuning.layers.size(); ++l) {
    const bool output = l == hidden;
    Curvature& layer = tuning.layers[l];
    Matrix& w = state.network.weights[l];
    const Matrix& a = encoding.activation[l];
    const Matrix& c0 = output ? encoding.logits : encoding.code[l];
    my_.wanted = (output ? update.logits : update.code[l]) - c0;
    const auto wanted = columns(my_.wanted, stride);

    my_.solved.resize(w.rows(), w.cols());
    gemm(static_cast<Scalar>(1.0 / static_cast<double>(m)), my_.wanted, Op::none, a, Op::transpose, 0.0F, my_.solved);
    solve(layer, my_.part, my_.solved);
    my_.move.resize(w.rows(), wanted.cols());
    gemm(1.0F, my_.solved, Op::none, columns(a, stride), Op::none, 0.0F, my_.move);

    const auto asked = static_cast<double>(wanted.squaredNorm());
    if (asked > 0) layer.step_ratio += weight * (square(my_.move) / asked - layer.step_ratio);
    const double gain = reach / std::max(std::sqrt(layer.step_ratio), least_ratio);

    // What the layers below have moved this one already.
    double share = 1.0;
    my_.code.resize(w.rows(), wanted.cols());
    if (l > 0) {
      gemm(1.0F, w, Op::none, my_.input, Op::none, 0.0F, my_.code);
      const auto moved = (my_.code - columns(c0, stride)).cwiseProduct(wanted);
      const double done = asked > 0 ? std::max(0.0, static_cast<double>(moved.sum()) / asked) : 0.0;
      share = 1.0 / (1.0 + done / reach);
    }
    const double before = std::sqrt(square(w));
    const auto step = static_cast<Scalar>(share * gain);
    w += step * my_.solved;
    LayerReport& told = report.layers[l];
    told.damping = layer.lambda;
    told.gain = share * gain;
    told.weight_change_ratio = before > 0 ? static_cast<double>(step) * std::sqrt(square(my_.solved)) / before : 0.0;
    if (output) break;
    if (l == 0) {
      my_.code = columns(c0, stride) + step * my_.move;
    } else {
      gemm(1.0F, w, Op::none, my_.input, Op::none, 0.0F, my_.code);
    }
    my_.input.setOnes(w.rows() + 1, my_.code.cols());
    activate(state.network.activation, my_.code, my_.input.topRows(w.rows()));
  }
}

}  // namespace altmind
