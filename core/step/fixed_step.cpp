#include "core/step/fixed_step.hpp"

#include <algorithm>
#include <cmath>

#include "core/linalg/blas.hpp"
#include "core/linalg/norms.hpp"
#include "core/weights/gradient_rule.hpp"
#include "core/weights/memory.hpp"

namespace altmind {

namespace {

/// Returns [sigma(c_new^(l-1)); 1], the regressors of the paper; the input itself for the first layer.
const Matrix& updated_input(const Encoding& encoding, const CodeUpdate& update, std::size_t l) {
  return l == 0 ? encoding.activation[0] : update.activation[l - 1];
}

/// Returns the gradient rule of the local steps.
OutputRule gradient_rule(const LearnerOptions& options) {
  return options.learning.rule == Rule::am_adam ? OutputRule::adam : OutputRule::sgd;
}

}  // namespace

void FixedStep::memory_step(const LearnerOptions& options, const LearnerState& state, const Encoding& encoding,
                            const CodeUpdate& update, const PhaseEnded& ended, const ForAll& for_all, Arm& arm,
                            LayerReports& layers) {
  const MemoryOptions& memory = options.memory;
  const auto m = static_cast<std::uint64_t>(encoding.logits.cols());
  // A memory that is still empty (its bias entry is 0: the rule changed mid-stream) is set to that of this batch:
  // blended into zeros with w < 1 it would be too small by 1/w, and the step too long by the same factor.
  const bool empty = !arm.memories.empty() && arm.memories[0].a.bottomRightCorner<1, 1>()(0, 0) == 0.0F;
  const double w = empty ? 1.0 : batch_weight(m, state.samples - arm.memory_since, memory.horizon);
  const bool forward = memory.regressors == Regressors::forward;
  const Index stride = std::max<Index>(1, static_cast<Index>(std::floor(1.0 / memory.rows.value_or(1.0) + 1e-9)));
  layers_.resize(arm.network.weights.size());
  for_all(arm.memories.size(), [&](std::size_t l) {
    Buffers& my = layers_[l];
    my.moved = update.code[l] - encoding.code[l];
    accumulate(forward ? encoding.activation[l] : updated_input(encoding, update, l), encoding.code[l], my.moved, w,
               memory.gain.kind == Gain::Kind::none ? w : memory.gain.value, stride, my.target, arm.memories[l]);
  });
  ended(Phase::memory);
  for_all(arm.memories.size(), [&](std::size_t l) {
    BcdOptions bcd_options;
    bcd_options.damping = memory.damping;
    bcd_options.sweeps = memory.sweeps;
    bcd_options.weight_l1 = memory.weight_l1;
    Matrix& weight = arm.network.weights[l];
    // Sweep only layers of many blocks in parts: small ones have no cost to save.
    const bool wide = weight.cols() >= 4 * bcd_options.block * static_cast<Index>(memory.sweep_parts);
    bcd_options.parts = wide ? memory.sweep_parts : 1;
    bcd_options.part = wide ? state.step % memory.sweep_parts : 0;
    const double before = norm(weight);
    const BcdReport swept = bcd_update(arm.memories[l], bcd_options, layers_[l].bcd, weight);
    layers[l].damping = swept.lambda;
    layers[l].weight_change_ratio = ratio(swept.change, before);
  });
  ended(Phase::weights);
}

void FixedStep::local_step(const LearnerOptions& options, const Encoding& encoding, const CodeUpdate& update, double m,
                           const PhaseEnded& ended, const ForAll& for_all, Arm& arm, LayerReports& layers) {
  ended(Phase::memory);
  layers_.resize(arm.network.weights.size());
  for_all(arm.network.hidden(), [&](std::size_t l) {
    Buffers& my = layers_[l];
    Matrix& weight = arm.network.weights[l];
    const Matrix& input = updated_input(encoding, update, l);
    if (l < arm.norms.size() && arm.norms[l].there()) {
      normalised_step(options, input, update.code[l], l, my, arm, layers);
      return;
    }
    my.target = update.code[l];
    gemm(1.0F, weight, Op::none, input, Op::none, -1.0F, my.target);
    my.gradient.resize(weight.rows(), weight.cols());
    gemm(static_cast<Scalar>(2.0 / m), my.target, Op::none, input, Op::transpose, 0.0F, my.gradient);
    const double before = norm(weight);
    Moments none;
    const double step = gradient_step(gradient_rule(options), options.learning.local_rate, my.gradient,
                                      arm.moments.empty() ? none : arm.moments[l], weight);
    layers[l].weight_change_ratio = ratio(step, before);
  });
  ended(Phase::weights);
}

void FixedStep::normalised_step(const LearnerOptions& options, const Matrix& input, const Matrix& codes, std::size_t l,
                                Buffers& my, Arm& arm, LayerReports& layers) {
  if (input.cols() < 2) return;
  BatchNorm& layer = arm.norms[l];
  my.raw.resize(codes.rows(), codes.cols());
  gemm(1.0F, layer.weight, Op::none, input, Op::none, 0.0F, my.raw);
  const Matrix statistics = row_statistics(my.raw);
  my.target = codes;
  gemm(1.0F, folded(layer, statistics), Op::none, input, Op::none, -1.0F, my.target);
  my.target *= static_cast<Scalar>(2.0 / static_cast<double>(input.cols()));
  batch_norm_gradient(layer, input, my.raw, statistics, my.target, my.of_norm);
  const OutputRule rule = gradient_rule(options);
  const double rate = options.learning.local_rate;
  const double before = norm(layer.weight);
  Moments none;
  const bool moments = !arm.moments.empty();
  const double step = gradient_step(rule, rate, my.of_norm.weight, moments ? arm.moments[l] : none, layer.weight);
  gradient_step(rule, rate, my.of_norm.affine, moments ? arm.norm_moments[l] : none, layer.affine);
  layers[l].weight_change_ratio = ratio(step, before);
}

void FixedStep::output_step(const LearnerOptions& options, const Targets& targets, const CodeUpdate& update, double m,
                            Encoding& encoding, Arm& arm, LayerReports& layers) {
  const std::size_t hidden = arm.network.hidden();
  Matrix& weight = arm.network.weights.back();
  const bool forward = options.learning.output_at == OutputAt::forward;
  const Matrix& a = forward ? encoding.activation[hidden] : updated_input(encoding, update, hidden);
  if (!forward) gemm(1.0F, weight, Op::none, a, Op::none, 0.0F, encoding.logits);
  loss_gradient(targets, encoding.logits);
  layers_.resize(arm.network.weights.size());
  Matrix& gradient = layers_.back().gradient;
  gradient.resize(weight.rows(), weight.cols());
  gemm(static_cast<Scalar>(1.0 / m), encoding.logits, Op::none, a, Op::transpose, 0.0F, gradient);
  const double before = norm(weight);
  const double step =
      gradient_step(*options.gradient_output(), options.learning.output_rate, gradient, arm.output, weight);
  layers.back().weight_change_ratio = ratio(step, before);
}

}  // namespace altmind
