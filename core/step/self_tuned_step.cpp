#include "core/step/self_tuned_step.hpp"

#include <algorithm>
#include <cmath>

#include "core/continual/preconditioner.hpp"
#include "core/linalg/blas.hpp"
#include "core/linalg/norms.hpp"
#include "core/linalg/random.hpp"
#include "core/model/layer_activation.hpp"
#include "core/model/linear_map.hpp"
#include "core/step/served_scoring.hpp"
#include "core/weights/memory.hpp"

namespace altmind {

namespace {

constexpr Index wide = 256;                  ///< inputs beyond which updating A from every sample is too expensive
constexpr std::uint64_t thorough = 9;        ///< steps after start or restart in which A is updated from every sample
constexpr std::uint64_t pause = 4;           ///< update interval of a wide A afterwards, in steps
constexpr double refresh_share = 0.1;        ///< factors are refreshed when the age of A has grown by this share
constexpr double young_refresh_share = 0.5;  ///< early refreshes dominate the cost of a step
constexpr double protected_refresh_share = 0.25;
constexpr double dear_refresh_share = 1.0;  ///< for layers where a refresh under protection takes seconds
constexpr Index dear = 1024;                ///< inputs of such a layer
constexpr double young = 100.0;             ///< steps
constexpr double ratio_weight = 0.5;
constexpr double least_ratio = 0.001;  ///< of sqrt(r)
constexpr double reference_batch = 200.0;
constexpr double most_counted = 0x1p20;  ///< maximum samples in Q and K
/// Relative to mean(diag A). The dominant directions of A belong to the recurrent state; damping by their eigenvalues
/// would suppress the input.
constexpr double recurrent_damping = 0.03;
constexpr Index most_drawn = 2000;  ///< maximum number of places of a batch used to update A

/// Views every `stride`-th column.
auto columns(const Matrix& m, Index stride) {
  return Eigen::Map<const Matrix, 0, Eigen::OuterStride<>>(m.data(), m.rows(), (m.cols() + stride - 1) / stride,
                                                           Eigen::OuterStride<>(m.rows() * stride));
}

/// Returns `table` itself, or `most_drawn` of its columns, drawn with `seed`, if it has more.
const Matrix& drawn_places(const Matrix& table, std::uint64_t seed, Matrix& drawn) {
  if (table.cols() <= most_drawn) return table;
  Random random(seed);
  drawn.resize(table.rows(), most_drawn);
  for (Index i = 0; i < most_drawn; ++i) {
    drawn.col(i) = table.col(static_cast<Index>(random.below(static_cast<std::uint64_t>(table.cols()))));
  }
  return drawn;
}

/// Returns the places of every `stride`-th sample, or `table` itself if stride is 1.
const Matrix& places_of(const Layer& layer, const Matrix& table, Index stride, Matrix& part) {
  if (stride == 1) return table;
  const Index m = table.cols() / layer.places;
  part.resize(table.rows(), layer.places * ((m + stride - 1) / stride));
  for (Index i = 0; i * stride < m; ++i) {
    part.middleCols(i * layer.places, layer.places) = table.middleCols(i * stride * layer.places, layer.places);
  }
  return part;
}

/// Lower triangle of sum <- sum + weight gram.
void add_lower(double weight, const Matrix& gram, Matrix& sum) {
  const Index n = gram.rows();
  for (Index j = 0; j < n; ++j) sum.col(j).tail(n - j) += static_cast<Scalar>(weight) * gram.col(j).tail(n - j);
}

double batches_of(std::optional<double> horizon, double m) {
  return horizon ? std::max(1.0, *horizon / m) : 1e300;
}

/// Schedule of work that is done in every step at first, and only occasionally later.
struct Cadence {
  bool early;    ///< within the first steps after start or restart
  bool due;      ///< due in this step
  double since;  ///< number of steps that this one represents
};

Cadence cadence(const Tuning& tuning) {
  const bool early = tuning.steps - tuning.restarted <= thorough;
  return {early, early || tuning.steps % pause == 0, static_cast<double>(early ? 1 : pause)};
}

}  // namespace

double SelfTunedStep::reach(const Tuning& tuning, Index m) const {
  if (fixed_) return fixed_->reach;
  return tuning.sets.step_fraction() * std::sqrt(static_cast<double>(m) / reference_batch);
}

void SelfTunedStep::add_batch(const LearnerOptions& options, const Encoding& encoding, const Targets& targets,
                              const ForAll& for_all, const LearnerState& state, Arm& arm, LayerReports& layers) {
  Tuning& tuning = arm.tuning;
  const Index m = encoding.logits.cols();
  layers_.resize(tuning.layers.size());
  ++tuning.steps;
  for_all(layers_.size(), [&](std::size_t l) { add_to_layer(l, options, encoding, state, arm); });
  const Cadence now = cadence(tuning);
  if (!arm.protections.empty() && now.due) {
    add_fisher(now.since * static_cast<double>(m), encoding, targets, state, arm);
  }
  refresh_factors(options, batches_of(options.memory.horizon, static_cast<double>(m)), for_all, state, arm, layers);
}

void SelfTunedStep::add_to_layer(std::size_t l, const LearnerOptions& options, const Encoding& encoding,
                                 const LearnerState& state, Arm& arm) {
  const MemoryOptions& memory = options.memory;
  Curvature& curvature = arm.tuning.layers[l];
  LayerStep& my = layers_[l];
  const Cadence now = cadence(arm.tuning);
  const Index m = encoding.logits.cols();
  const double horizon = batches_of(memory.horizon, static_cast<double>(m));
  const auto t = static_cast<double>(arm.tuning.steps - arm.tuning.forgotten);
  const Layer& shape = arm.network.layers[l];
  const bool square = keeps_square(curvature);
  const bool shared = shape.places > 1;  // enough regressors that a subset suffices
  const bool thin = (width(curvature) > wide && (!memory.rows || !square)) || (shared && linear_in_weights(shape));
  if (thin && !now.due) return;
  const double steps = thin ? now.since : 1.0;
  const double weight = std::min(1.0, steps * std::max({1.0 / t, 1.0 / horizon, least_weight}));
  const Matrix& regressors =
      shared ? drawn_places(encoding.regressors(l), state.samples + l, my.drawn) : encoding.regressors(l);
  if (!square) {
    track(regressors, probe_stride(regressors.cols()), weight, my.joined, curvature);
    return;
  }
  const Index stride = shared        ? 1
                       : memory.rows ? std::max<Index>(1, static_cast<Index>(std::floor(1.0 / *memory.rows + 1e-9)))
                       : thin && !now.early ? probe_stride(m)
                                            : 1;
  mean_gram(regressors, stride, my.gram);
  blend(my.gram, weight, curvature);
  if (arm.protections.empty()) return;
  Protection& layer = arm.protections[l];
  // A float32 sum saturates at 2^24 samples. Halving it before then lets older samples fade.
  if (sample_count(layer.pending) >= most_counted) {
    layer.pending *= 0.5F;
    layer.pending_output *= 0.5F;
  }
  add_lower(steps * static_cast<double>(m), my.gram, layer.pending);
}

void SelfTunedStep::add_fisher(double samples, const Encoding& encoding, const Targets& targets,
                               const LearnerState& state, Arm& arm) {
  const Network& network = arm.network;
  const Index m = encoding.logits.cols();
  const Index stride = probe_stride(m);
  // Labels are sampled from the model's own predictions, seeded by the state alone.
  Random random(state.samples);
  my_.error = columns(encoding.logits, stride);
  for (Index i = 0; i < my_.error.cols(); ++i) {
    auto z = my_.error.col(i);
    if (targets.task == Task::regression) {
      for (Index k = 0; k < z.size(); ++k) z[k] = static_cast<Scalar>(random.normal());
      continue;
    }
    to_probabilities(targets.task, targets.classes, my_.error.middleCols(i, 1));
    double draw = random.uniform();
    Index label = 0;
    while (label + 1 < targets.classes && (draw -= z[label]) >= 0) ++label;
    z[label] -= 1.0F;
  }
  for (std::size_t l = network.hidden(); l-- > 0;) {  // all dense: other networks are not protected
    const Matrix& above = network.weights[l + 1];
    my_.lower.resize(above.cols() - 1, my_.error.cols());
    gemm(1.0F, above.leftCols(above.cols() - 1), Op::transpose, my_.error, Op::none, 0.0F, my_.lower);
    pull_back(network.layers[l], columns(encoding.code[l], stride), columns(encoding.mask[l], stride),
              columns(encoding.activation[l + 1], stride).topRows(my_.lower.rows()), encoding.winners[l], my_.lower,
              my_.input);
    my_.error.swap(my_.lower);
    if (!std::isfinite(my_.error.squaredNorm())) return;  // weights are too large for a meaningful Fisher matrix
    syrk_lower(static_cast<Scalar>(samples / static_cast<double>(my_.error.cols())), my_.error, 1, 1.0F,
               arm.protections[l].pending_output);
  }
}

void SelfTunedStep::refresh_factors(const LearnerOptions& options, double horizon, const ForAll& for_all,
                                    const LearnerState& state, Arm& arm, LayerReports& layers) {
  Tuning& tuning = arm.tuning;
  const bool protecting = altmind::protecting(arm.protections);
  const double age = static_cast<double>(protecting ? tuning.steps - tuning.restarted : tuning.steps);
  const bool very_wide = std::any_of(tuning.layers.begin(), tuning.layers.end(),
                                     [](const Curvature& layer) { return width(layer) > dear; });
  const double of_protected = very_wide ? dear_refresh_share : protected_refresh_share;
  const double share = protecting ? of_protected : age < young ? young_refresh_share : refresh_share;
  const bool due = tuning.refreshed == 0 || static_cast<double>(tuning.steps - tuning.refreshed) >=
                                                std::max(1.0, share * std::min(age, horizon));
  const bool one_sided = state.consolidation.classes != 0;
  for_all(tuning.layers.size(), [&](std::size_t l) {
    // A recurrent layer's own state is among its inputs and changes with its weights, so refresh in every step.
    const bool recurrent = !linear_in_weights(arm.network.layers[l]);
    if (!due && !recurrent) return;
    std::optional<double> damping = options.memory.damping;
    if (recurrent && !damping) damping = recurrent_damping;
    layers[l].damping_raised =
        refresh({damping, fixed_ ? fixed_->damping : 1.0}, one_sided, l, tuning.layers[l], arm.protections);
  });
  if (due) tuning.refreshed = tuning.steps;
}

void SelfTunedStep::solve_layer(std::size_t l, const LearnerOptions& options, const Encoding& encoding,
                                const CodeUpdate& update, const LearnerState& state, Arm& arm) {
  Tuning& tuning = arm.tuning;
  const Index m = encoding.logits.cols();
  const Index stride = probe_stride(m);
  const double weight = std::max(ratio_weight, 1.0 / static_cast<double>(tuning.steps - tuning.restarted));
  const bool output = l == arm.network.hidden();
  const Layer& shape = arm.network.layers[l];
  Curvature& curvature = tuning.layers[l];
  LayerStep& my = layers_[l];
  const Matrix& w = arm.network.weights[l];
  const Matrix& a = encoding.regressors(l);
  const Matrix& c0 = output ? encoding.logits : encoding.code[l];
  my.wanted = (output ? update.logits : update.code[l]) - c0;
  const auto wanted = columns(my.wanted, stride);

  my.solved.resize(w.rows(), w.cols());
  gemm(static_cast<Scalar>(1.0 / static_cast<double>(m * shape.places)), as_table(shape, my.wanted), Op::none, a,
       Op::transpose, 0.0F, my.solved);
  const Preconditioner by(curvature, arm.protections, l, my.preconditioner);
  if (shape.places == 1) {
    by.solve(columns(a, stride), my.solved, my.move);
  } else {
    const Matrix& probed = places_of(shape, a, stride, my.drawn);
    by.solve(probed, my.solved, my.move);
    if (!linear_in_weights(shape)) {
      my.code = columns(c0, stride);
      follow_moves(shape, w, probed, my.code, my.move);
    }
  }
  const Eigen::Map<const Matrix> move(my.move.data(), shape.codes(), wanted.cols());
  // Two expressions, since Eigen's order of summation, and thus rounding, depends on the expression.
  const bool all_tell = shape.telling() == shape.codes();
  const Index telling = shape.telling();
  my.asked = static_cast<double>(all_tell ? wanted.squaredNorm() : wanted.bottomRows(telling).squaredNorm());
  const auto moved = static_cast<double>(all_tell ? my.move.squaredNorm() : move.bottomRows(telling).squaredNorm());
  if (my.asked > 0) curvature.step_ratio += weight * (moved / my.asked - curvature.step_ratio);
  my.gain = reach(tuning, m) / std::max(std::sqrt(curvature.step_ratio), least_ratio);
  by.anchor(my.gain * strength_of(options.consolidation, state.consolidation, arm.protections) / static_cast<double>(m),
            my.solved);
}

void SelfTunedStep::update_weights(const LearnerOptions& options, const Encoding& encoding, const CodeUpdate& update,
                                   const ForAll& for_all, const LearnerState& state, Arm& arm, LayerReports& layers) {
  const Index m = encoding.logits.cols();
  const Index stride = probe_stride(m);
  layers_.resize(arm.tuning.layers.size());
  for_all(layers_.size(), [&](std::size_t l) { solve_layer(l, options, encoding, update, state, arm); });
  const double step_length = reach(arm.tuning, m);
  const bool free = !protecting(arm.protections);
  const std::size_t hidden = arm.network.hidden();
  my_.input = columns(encoding.activation[0], stride);  // a~
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const bool output = l == hidden;
    const Layer& shape = arm.network.layers[l];
    const LayerStep& layer = layers_[l];
    Matrix& w = arm.network.weights[l];
    const Matrix& c0 = output ? encoding.logits : encoding.code[l];
    const auto wanted = columns(layer.wanted, stride);
    const Eigen::Map<const Matrix> move(layer.move.data(), shape.codes(), wanted.cols());

    // Account for how far the updates of the layers below have already moved this layer's codes.
    double share = 1.0;
    my_.code.resize(shape.codes(), wanted.cols());
    if (l > 0) {
      apply(shape, w, my_.input, my_.table, my_.code);
      const auto along = (my_.code - columns(c0, stride)).cwiseProduct(wanted);
      const bool all_tell = shape.telling() == shape.codes();  // see solve_layer
      const auto sum = static_cast<double>(all_tell ? along.sum() : along.bottomRows(shape.telling()).sum());
      const double done = layer.asked > 0 ? std::max(0.0, sum / layer.asked) : 0.0;
      share = 1.0 / (1.0 + done / step_length);
    }
    const double before = norm(w);
    const auto step = static_cast<Scalar>(share * layer.gain);
    w += step * layer.solved;
    LayerReport& told = layers[l];
    told.damping = arm.tuning.layers[l].lambda;
    told.gain = share * layer.gain;
    told.weight_change_ratio = ratio(static_cast<double>(step) * norm(layer.solved), before);
    if (output) break;
    if (l == 0 && free && linear_in_weights(shape)) {
      my_.code = columns(c0, stride) + step * move;
    } else {
      apply(shape, w, my_.input, my_.table, my_.code);
    }
    my_.input.setOnes(shape.outputs + 1, my_.code.cols());
    activate(shape, my_.code, columns(encoding.mask[l], stride), my_.input.topRows(shape.outputs), my_.winners);
  }
}

void SelfTunedStep::follow(const std::array<double, 3>& losses, double m, Arm& arm) const {
  ServedSets& sets = arm.tuning.sets;
  add_losses(losses, m, sets);
  altmind::follow(arm.network, sets);
  if (!fixed_) adapt_step_fraction(m, sets);
}

}  // namespace altmind
