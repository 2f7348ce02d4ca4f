#pragma once
// Options of fixed steps: sets every key that the self-tuned default determines itself.

#include "core/learner_options.hpp"

namespace altmind::test {

inline LearnerOptions fixed_rule() {
  LearnerOptions options;
  options.learning.code_rate = 2.0;
  options.learning.output_rule = OutputRule::adam;
  options.memory.horizon = 1000.0;
  options.memory.gain = Gain::fixed(4.0);
  options.memory.damping = 30.0;
  options.memory.rows = 1.0;
  return options;
}

}  // namespace altmind::test
