#pragma once
// Everything that decides learning. Recorded in journal and checkpoints; see docs/configuration.md.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/sample.hpp"

namespace altmind {

enum class Activation { relu, tanh, identity };
enum class Rule { am_mem, am_sgd, am_adam };  ///< updateWeights with memory, or local steps (Mem = no)
enum class OutputRule { sgd, adam };
enum class OutputAt { forward, updated };  ///< regressors of the output step: a^L, or sigma(c_new^L) as in the paper
enum class Regressors {
  forward,
  updated
};                                     ///< regressors of the memory: a^(l-1), or sigma(c_new^(l-1)) as in the paper
enum class NormRule { exact, power };  ///< how ||W||_2 in the code step is found
enum class NormaliserKind { none, fixed, standardise };
enum class TargetScaling { none, standardise };  ///< regression: targets as they are, or by running statistics

/// Shape of the network. [model] of the configuration.
struct ModelOptions {
  std::string name = "altmind";
  SampleSpec spec;
  std::vector<std::string> classes;  ///< named labels known from the start
  std::vector<std::size_t> hidden = {100, 100};
  Activation activation = Activation::relu;
  std::uint64_t seed = 1;

  bool operator==(const ModelOptions&) const = default;
};

/// One AM step. [learning] of the configuration. Letters as in docs/algorithm.md.
struct LearningOptions {
  Rule rule = Rule::am_mem;
  std::size_t batch_size = 200;  ///< m
  double mu = 0.0;               ///< weight of ||c - c0||^2 in Problem (4)
  std::size_t code_steps = 5;    ///< K, every layer
  double code_rate = 2.0;        ///< step of Problem (4)
  double momentum = 0.9;         ///< Nesterov, code updates
  NormRule norm = NormRule::power;
  double sparsity = 0.0;      ///< lambda_c, L1 on the codes
  double local_rate = 0.001;  ///< step of am-sgd and am-adam on each hidden layer
  OutputRule output_rule = OutputRule::adam;
  double output_rate = 0.001;
  OutputAt output_at = OutputAt::forward;

  bool operator==(const LearningOptions&) const = default;
};

/// Memory-based block coordinate descent. [memory] of the configuration.
struct MemoryOptions {
  std::optional<double> horizon = 1000.0;  ///< T in samples; nothing = infinite, the paper's plain sum
  std::optional<double> gain = 4.0;        ///< g; nothing = c~ is c_new, as in the paper
  double damping = 30.0;                   ///< lambda = damping * mean(diag A)
  std::size_t sweeps = 1;                  ///< S
  Regressors regressors = Regressors::forward;
  double weight_l1 = 0.0;       ///< lambda_w, soft threshold after each column
  double rows = 1.0;            ///< fraction of the batch's samples that A is updated from, (0, 1]
  std::size_t sweep_parts = 1;  ///< a sweep covers 1/n of the blocks of a wide layer, in turn

  bool operator==(const MemoryOptions&) const = default;
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

struct LearnerOptions {
  ModelOptions model;
  LearningOptions learning;
  MemoryOptions memory;
  NormaliserOptions normaliser;

  bool operator==(const LearnerOptions&) const = default;
};

}  // namespace altmind
