#pragma once
// Small learners for every combination of options that has its own path through a step.

#include <optional>
#include <vector>

#include "core/linalg/blas.hpp"
#include "tests/support/fixed_rule.hpp"

namespace altmind::test {

inline LearnerOptions small_learner(Rule rule = Rule::am_mem) {
  use_one_blas_thread();
  LearnerOptions options = test::fixed_rule();
  options.model.spec = {Task::classification, LabelKind::index, 12, 4};
  options.model.hidden = {20, 16, 9};
  options.learning.rule = rule;
  options.normaliser.kind = NormaliserKind::standardise;
  return options;
}

/// Returns the default, self-tuned steps.
inline LearnerOptions small_self_tuned() {
  LearnerOptions options;
  options.model = small_learner().model;
  options.normaliser = small_learner().normaliser;
  return options;
}

/// Returns every combination of options that has its own path through a step.
inline std::vector<LearnerOptions> variants() {
  std::vector<LearnerOptions> all;
  for (const Rule rule : {Rule::am_mem, Rule::am_sgd, Rule::am_adam}) {
    for (const OutputAt at : {OutputAt::forward, OutputAt::updated}) {
      for (const Regressors regressors : {Regressors::forward, Regressors::updated}) {
        LearnerOptions options = small_learner(rule);
        options.learning.output_at = at;
        options.memory.regressors = regressors;
        all.push_back(options);
      }
    }
  }
  LearnerOptions options = small_learner();
  options.memory.rows = 0.25;
  options.memory.weight_l1 = 0.001;
  options.learning.sparsity = 0.01;
  options.learning.code_steps = 1;
  options.learning.output_rule = OutputRule::sgd;
  options.model.activation = Activation::tanh;
  all.push_back(options);
  options = small_learner();
  options.model.hidden.clear();
  all.push_back(options);
  for (const OutputRule output : {OutputRule::automatic, OutputRule::adam}) {
    for (const std::optional<double> rate : {std::optional<double>(), std::optional(0.5)}) {
      options = small_self_tuned();
      options.learning.output_rule = output;
      options.learning.code_rate = rate;
      all.push_back(options);
    }
  }
  options = small_self_tuned();
  options.model.hidden.clear();
  options.model.activation = Activation::tanh;
  options.memory.horizon = 400.0;
  options.memory.damping = 0.1;
  options.memory.rows = 0.5;
  all.push_back(options);
  options = small_learner();
  options.learning.code_rate.reset();
  options.learning.output_rule = OutputRule::automatic;
  options.memory.damping.reset();
  options.memory.rows.reset();
  options.memory.gain = Gain::none();
  all.push_back(options);
  options = small_self_tuned();
  options.learning.arms = {{0.2, 1.0, 0, 0}, {0.6, 4.0, 0, 1000}, {0.2, 1.0, 24, 5}};
  all.push_back(options);
  return all;
}

}  // namespace altmind::test
