#pragma once
// Everything that decides learning. Recorded in journal and checkpoints; see docs/configuration.md.

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
enum class OutputRule { automatic, sgd, adam };  ///< automatic: by memory where the gain is automatic, else adam
enum class OutputAt { forward, updated };  ///< regressors of the output step: a^L, or sigma(c_new^L) as in the paper
enum class Regressors {
  forward,
  updated
};                                     ///< regressors of the memory: a^(l-1), or sigma(c_new^(l-1)) as in the paper
enum class NormRule { exact, power };  ///< how ||W||_2 in the code step is found
enum class Reaction { none, release, forget };  ///< to a drift alarm
enum class NormaliserKind { none, fixed, standardise };
enum class TargetScaling { none, standardise };  ///< regression: targets as they are, or by running statistics

/// One hidden layer: a linear map and an activation. [[model.layer]] of the configuration.
struct LayerOptions {
  LayerType type = LayerType::dense;
  std::size_t units = 0;  ///< of a dense layer; channels of a convolution; the state of a recurrent layer
  Activation activation = Activation::relu;
  double dropout = 0.0;     ///< probability that a step silences an activation
  bool batch_norm = false;  ///< codes are normalised over the batch; of dense layers under am-sgd and am-adam
  // Of a convolution:
  std::size_t kernel = 0;   ///< side of the square that an output sees
  std::size_t stride = 1;   ///< from one output to the next
  std::size_t padding = 0;  ///< zeros around the image, on every side
  std::size_t pool = 1;     ///< side of the square of outputs of which the greatest remains; 1: all do
  // Of a recurrent layer:
  std::size_t steps = 0;  ///< T: its input is a sequence of so many parts

  bool operator==(const LayerOptions&) const = default;
};

/// Shape of the network. [model] of the configuration.
struct ModelOptions {
  std::string name = "altmind";
  SampleSpec spec;
  std::vector<std::string> classes;  ///< named labels known from the start
  std::vector<std::size_t> hidden = {100, 100};
  Activation activation = Activation::relu;
  std::vector<LayerOptions> layers;  ///< in place of `hidden` and `activation` where there are any
  std::vector<std::size_t> image;    ///< what a sample is for a convolution: channels, height, width
  std::uint64_t seed = 1;

  /// Whether no weights are shared by several places of a sample.
  bool all_dense() const {
    return std::all_of(layers.begin(), layers.end(), [](const auto& l) { return l.type == LayerType::dense; });
  }

  bool operator==(const ModelOptions&) const = default;
};

/// One AM step. [learning] of the configuration. Letters as in docs/algorithm.md.
struct LearningOptions {
  Rule rule = Rule::am_mem;
  std::size_t batch_size = 200;     ///< m
  double mu = 0.0;                  ///< weight of ||c - c0||^2 in Problem (4)
  double mu_growth = 0.0;           ///< what mu grows by with every mini-batch
  std::optional<double> mu_limit;   ///< and up to what; nothing = without end
  std::size_t code_steps = 5;       ///< K, every layer
  std::optional<double> code_rate;  ///< step of Problem (4); nothing = from the weights, see core/codes/codes.hpp
  double momentum = 0.9;            ///< Nesterov, code updates
  NormRule norm = NormRule::power;
  double sparsity = 0.0;      ///< lambda_c, L1 on the codes
  double local_rate = 0.001;  ///< step of am-sgd and am-adam on each hidden layer
  OutputRule output_rule = OutputRule::automatic;
  double output_rate = 0.001;
  std::optional<double> rate_halving;  ///< samples after which both rates halve; nothing = they stay
  std::optional<double> rate_decay;    ///< mini-batches after which both are half, as 1/t; nothing = they stay
  OutputAt output_at = OutputAt::forward;

  bool operator==(const LearningOptions&) const = default;
};

/// How long a step in code space is: tuned as it goes, g = w (the paper's c~ = c_new), or a fixed g.
struct Gain {
  enum class Kind { automatic, none, fixed };
  Kind kind = Kind::automatic;
  double value = 0.0;  ///< of `fixed`

  static Gain none() { return {Kind::none, 0.0}; }
  static Gain fixed(double value) { return {Kind::fixed, value}; }
  bool operator==(const Gain&) const = default;
};

/// The memory of each layer. [memory] of the configuration.
struct MemoryOptions {
  std::optional<double> horizon = 20000.0;  ///< T in samples; nothing = infinite, the paper's plain sum
  Gain gain;
  std::optional<double> damping;  ///< lambda = damping * mean(diag A); nothing = from the spectrum of A
  std::size_t sweeps = 1;         ///< S, where the gain is not automatic
  Regressors regressors = Regressors::forward;
  double weight_l1 = 0.0;       ///< lambda_w, soft threshold after each column
  std::optional<double> rows;   ///< fraction of the batch's samples that A is updated from, (0, 1]; nothing = by width
  std::size_t sweep_parts = 1;  ///< a sweep covers 1/n of the blocks of a wide layer, in turn

  bool operator==(const MemoryOptions&) const = default;
};

/// Consolidated memory, of self-tuned steps. [consolidation] of the configuration.
struct ConsolidationOptions {
  bool enabled = true;
  double strength = 0.3;        ///< c: one old sample counts as so many of the present batch
  double class_strength = 1.6;  ///< the same once new classes have come

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

/// Detectors on the prequential loss and what follows from an alarm. [drift] of the configuration.
struct DriftOptions {
  bool page_hinkley = true;
  double page_hinkley_delta = 0.01;    ///< a rise of the error rate by less is no drift
  double page_hinkley_lambda = 100.0;  ///< errors above the mean before it is one
  bool adwin = true;
  double adwin_delta = 0.0002;    ///< confidence of a cut
  std::uint64_t cooldown = 2000;  ///< samples without a further alarm of the same detector, and without a reaction
  Reaction reaction = Reaction::none;

  bool operator==(const DriftOptions&) const = default;
};

/// Samples kept for scoring past concepts. [evaluation] of the configuration.
struct EvaluationOptions {
  std::size_t holdout_per_concept = 0;  ///< 0: none
  std::size_t holdout_concepts = 10;    ///< the present one included
  std::uint64_t holdout_batches = 50;   ///< scored every so many batches

  bool operator==(const EvaluationOptions&) const = default;
};

struct LearnerOptions {
  /// The rule of self-tuned steps (core/step/self_tuned_step.hpp), not one of fixed steps.
  bool self_tuned() const { return learning.rule == Rule::am_mem && memory.gain.kind == Gain::Kind::automatic; }
  /// How the output layer learns; nothing = by memory, as the hidden layers do.
  std::optional<OutputRule> gradient_output() const {
    if (learning.output_rule != OutputRule::automatic) return learning.output_rule;
    return self_tuned() ? std::nullopt : std::optional(OutputRule::adam);
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
