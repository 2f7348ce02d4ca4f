#pragma once
// Learners of every kind of state that a checkpoint may hold, by name.

#include <string>
#include <utility>
#include <vector>

#include "tests/adapters/store/checkpoint/learned_state.hpp"
#include "tests/support/layered.hpp"

namespace altmind::test {

inline std::vector<std::pair<std::string, LearnerOptions>> all_options() {
  LearnerOptions regression = options_of(Rule::am_mem, OutputRule::adam);
  regression.model.spec.task = Task::regression;
  LearnerOptions tuned;
  tuned.model = options_of(Rule::am_mem, OutputRule::adam).model;
  LearnerOptions wide = tuned;
  wide.model.spec.inputs = 300;
  wide.learning.output_rule = OutputRule::sgd;
  LearnerOptions arms = tuned;
  arms.learning.arms = {{0.2, 1.0, 0, 0}, {0.6, 4.0, 0, 1000}, {0.2, 1.0, 12, 5}};
  LearnerOptions schema = options_of(Rule::am_mem, OutputRule::adam, false, true);
  schema.model.spec.columns = {{"a"},
                               {"b", ColumnType::categorical, ColumnEncoding::onehot, 4, Missing::flag},
                               {"c", ColumnType::numeric, ColumnEncoding::onehot, 64, Missing::flag},
                               {"d", ColumnType::categorical, ColumnEncoding::hashed, 6, Missing::refuse}};
  LearnerOptions normalised = options_of(Rule::am_adam, OutputRule::adam);
  normalised.model.layers = {dense(6), dense(5), dense(4)};
  normalised.model.layers[0].batch_norm = normalised.model.layers[2].batch_norm = true;
  LearnerOptions normalised_sgd = normalised;
  normalised_sgd.learning.rule = Rule::am_sgd;
  return {{"self-tuned", tuned},
          {"batch norm", normalised},
          {"batch norm, am-sgd", normalised_sgd},
          {"self-tuned, wide", wide},
          {"arms", arms},
          {"am-mem", options_of(Rule::am_mem, OutputRule::adam)},
          {"am-adam", options_of(Rule::am_adam, OutputRule::adam)},
          {"sgd", options_of(Rule::am_sgd, OutputRule::sgd)},
          {"named", options_of(Rule::am_mem, OutputRule::sgd, true)},
          {"standardise", options_of(Rule::am_mem, OutputRule::adam, false, true)},
          {"drifting", drifting()},
          {"schema", schema},
          {"regression", regression}};
}

}  // namespace altmind::test
