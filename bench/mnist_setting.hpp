#pragma once
// The network and the learning options that the step benchmarks share.

#include <cstddef>
#include <cstdint>

#include "core/learner_options.hpp"

namespace altmind::bench {

/// 784-100-100-10 on MNIST bytes, with A updated from a quarter of the rows as shipped.
inline LearnerOptions mnist_setting(std::size_t inputs = 784, std::uint64_t seed = 1) {
  LearnerOptions options;
  options.model.spec = {Task::classification, LabelKind::index, inputs, 10};
  options.model.hidden = {100, 100};
  options.model.seed = seed;
  options.learning.batch_size = 200;
  options.learning.mu = 0.0;
  options.learning.code_steps = 5;
  options.learning.code_rate = 4.0;
  options.learning.output_rule = OutputRule::adam;
  options.learning.output_rate = 0.001;
  options.memory.horizon = 1000.0;
  options.memory.gain = 4.0;
  options.memory.damping = 30.0;
  options.memory.rows = 0.25;
  options.normaliser.kind = NormaliserKind::fixed;
  options.normaliser.scale = 1.0 / 255.0;
  options.normaliser.mean = {0.1307};
  options.normaliser.std = {0.3081};
  return options;
}

}  // namespace altmind::bench
