#pragma once
// All settings that influence learning. Recorded in the journal and in checkpoints; see docs/configuration.md.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/samples/sample.hpp"

namespace altmind {

enum class Activation { relu, tanh, identity, sign };
enum class LayerType { dense, conv2d, recurrent };
enum class Rule { am_mem, am_sgd, am_adam };     ///< updateWeights with memory, or local steps (Mem = no)
enum class OutputRule { automatic, sgd, adam };  ///< automatic: by memory if the gain is automatic, else adam
enum class OutputAt { forward, updated };  ///< regressors of the output step: a^L, or sigma(c_new^L) as in the paper
enum class Regressors {
  forward,
  updated
};                                     ///< regressors of the memory: a^(l-1), or sigma(c_new^(l-1)) as in the paper
enum class NormRule { exact, power };  ///< how ||W||_2 in the code step is computed
enum class Reaction { none, release, forget };  ///< reaction to a drift alarm
enum class NormaliserKind { none, fixed, standardise };
enum class TargetScaling { none, standardise };  ///< regression: raw targets, or standardised by running statistics

/// One hidden layer: a linear map and an activation. [[model.layer]] of the configuration.
struct LayerOptions {
  LayerType type = LayerType::dense;
  std::size_t units = 0;  ///< units of a dense layer, channels of a convolution, state size of a recurrent layer
  Activation activation = Activation::relu;
  double dropout = 0.0;     ///< probability that a step zeroes an activation
  bool batch_norm = false;  ///< normalise codes over the batch; dense layers under am-sgd and am-adam only
  // Convolutions only:
  std::size_t kernel = 0;   ///< side of the square receptive field
  std::size_t stride = 1;   ///< distance between neighbouring outputs
  std::size_t padding = 0;  ///< zeros around the image, on every side
  std::size_t pool = 1;     ///< side of the square max-pooling window; 1: no pooling
  // Recurrent layers only:
  std::size_t steps = 0;  ///< T: number of time steps in the input sequence

  bool operator==(const LayerOptions&) const = default;
};

/// Shape of the network. [model] of the configuration.
struct ModelOptions {
  std::string name = "altmind";
  SampleSpec spec;
  std::vector<std::string> classes;  ///< named labels known in advance
  std::vector<std::size_t> hidden = {100, 100};
  Activation activation = Activation::relu;
  std::vector<LayerOptions> layers;  ///< if not empty, replaces `hidden` and `activation`
  std::vector<std::size_t> image;    ///< shape of a sample for a convolution: channels, height, width
  std::uint64_t seed = 1;

  /// True if no layer shares weights between places of a sample.
  bool all_dense() const {
    return std::all_of(layers.begin(), layers.end(), [](const auto& l) { return l.type == LayerType::dense; });
  }

  bool operator==(const ModelOptions&) const = default;
};

/// One of several learners side by side, whose predictions are mixed (core/step/arm.hpp). [learning] arms of the
/// configuration.
struct ArmOptions {
  double reach = 0.2;                ///< fraction of the requested change that codes make in one step, (0, 1]
  double damping = 1.0;              ///< multiple of lambda
  std::size_t fourier_features = 0;  ///< that its network reads beside the inputs (core/features/fourier.hpp)
  std::uint64_t seed = 0;            ///< added to `model.seed`

  bool operator==(const ArmOptions&) const = default;
};

/// One AM step. [learning] of the configuration. Symbols as in docs/algorithm.md.
struct LearningOptions {
  Rule rule = Rule::am_mem;
  std::size_t batch_size = 200;     ///< m
  double mu = 0.0;                  ///< weight of ||c - c0||^2 in Problem (4)
  double mu_growth = 0.0;           ///< increase of mu per mini-batch
  std::optional<double> mu_limit;   ///< upper bound of mu; nothing = unbounded
  std::size_t code_steps = 5;       ///< K, for every layer
  std::optional<double> code_rate;  ///< step of Problem (4); nothing = from the weights, see core/codes/codes.hpp
  double momentum = 0.9;            ///< Nesterov momentum of code updates
  NormRule norm = NormRule::power;
  double sparsity = 0.0;      ///< lambda_c, L1 penalty on the codes
  double local_rate = 0.001;  ///< learning rate of am-sgd and am-adam for each hidden layer
  OutputRule output_rule = OutputRule::automatic;
  double output_rate = 0.001;
  std::optional<double> rate_halving;  ///< samples after which both rates halve; nothing = constant rates
  std::optional<double> rate_decay;    ///< mini-batches until 1/t decay halves both rates; nothing = no decay
  OutputAt output_at = OutputAt::forward;
  std::vector<ArmOptions> arms;  ///< empty: one arm, whose step fraction adapts; else self-tuned steps only

  bool operator==(const LearningOptions&) const = default;
};

/// Length of a step in code space: self-tuned, g = w (the paper's c~ = c_new), or a fixed g.
struct Gain {
  enum class Kind { automatic, none, fixed };
  Kind kind = Kind::automatic;
  double value = 0.0;  ///< g of `fixed`

  static Gain none() { return {Kind::none, 0.0}; }
  static Gain fixed(double value) { return {Kind::fixed, value}; }
  bool operator==(const Gain&) const = default;
};

/// The memory of each layer. [memory] of the configuration.
struct MemoryOptions {
  std::optional<double> horizon = 20000.0;  ///< T in samples; nothing = infinite, the paper's plain sum
  Gain gain;
  std::optional<double> damping;  ///< lambda = damping * mean(diag A); nothing = from the spectrum of A
  std::size_t sweeps = 1;         ///< S, unless the gain is automatic
  Regressors regressors = Regressors::forward;
  double weight_l1 = 0.0;       ///< lambda_w, soft threshold after each column
  std::optional<double> rows;   ///< fraction of the batch that A is updated from, (0, 1]; nothing = by width
  std::size_t sweep_parts = 1;  ///< each sweep covers 1/n of the blocks of a wide layer, in rotation

  bool operator==(const MemoryOptions&) const = default;
};

/// Consolidated memory of self-tuned steps. [consolidation] of the configuration.
struct ConsolidationOptions {
  bool enabled = true;
  double strength = 0.3;        ///< c: weight of one old sample, in samples of the current batch
  double class_strength = 1.6;  ///< c once new classes have arrived

  bool operator==(const ConsolidationOptions&) const = default;
};

/// [features] of the configuration. x <- (x * scale - mean) / std for `fixed`.
struct NormaliserOptions {
  NormaliserKind kind = NormaliserKind::none;
  double scale = 1.0;
  std::vector<double> mean = {0.0};  ///< one number, or one per feature
  std::vector<double> std = {1.0};   ///< one number, or one per feature
  TargetScaling targets = TargetScaling::standardise;

  bool operator==(const NormaliserOptions&) const = default;
};

/// Drift detectors on the prequential loss and the reaction to their alarms. [drift] of the configuration.
struct DriftOptions {
  bool page_hinkley = true;
  double page_hinkley_delta = 0.01;    ///< smaller rises of the error rate are not drift
  double page_hinkley_lambda = 100.0;  ///< threshold: excess errors before an alarm
  bool adwin = true;
  double adwin_delta = 0.0002;    ///< confidence of a cut
  std::uint64_t cooldown = 2000;  ///< samples without a further alarm of the same detector and without a reaction
  Reaction reaction = Reaction::none;

  bool operator==(const DriftOptions&) const = default;
};

/// Samples held out to score past concepts. [evaluation] of the configuration.
struct EvaluationOptions {
  std::size_t holdout_per_concept = 0;  ///< 0: no holdout
  std::size_t holdout_concepts = 10;    ///< including the current one
  std::uint64_t holdout_batches = 50;   ///< scoring interval in batches

  bool operator==(const EvaluationOptions&) const = default;
};

struct LearnerOptions {
  /// True for self-tuned steps (core/step/self_tuned_step.hpp), false for fixed steps.
  bool self_tuned() const { return learning.rule == Rule::am_mem && memory.gain.kind == Gain::Kind::automatic; }
  /// Gradient rule of the output layer; nothing = it learns by memory, like the hidden layers.
  std::optional<OutputRule> gradient_output() const {
    if (learning.output_rule != OutputRule::automatic) return learning.output_rule;
    return self_tuned() ? std::nullopt : std::optional(OutputRule::adam);
  }

  /// Number of learners side by side, at least 1.
  std::size_t arms() const { return std::max<std::size_t>(1, learning.arms.size()); }
  /// The settings of an arm; nothing = its step fraction adapts.
  std::optional<ArmOptions> arm(std::size_t i) const {
    return learning.arms.empty() ? std::nullopt : std::optional(learning.arms[i]);
  }

  ModelOptions model;
  LearningOptions learning;
  MemoryOptions memory;
  ConsolidationOptions consolidation;
  NormaliserOptions normaliser;
  DriftOptions drift;
  EvaluationOptions evaluation;

  bool operator==(const LearnerOptions&) const = default;
};

}  // namespace altmind
