#pragma once
// The network and the learning options shared by the step benchmarks: those of config/paper/mnist.toml.

#include <cstddef>
#include <cstdint>

#include "config/load.hpp"
#include "core/learner_options.hpp"

namespace altmind::bench {

/// Returns the options of config/paper/mnist.toml, read from that file so that the two cannot differ.
inline LearnerOptions mnist_setting(std::size_t inputs = 784, std::uint64_t seed = 1) {
  const config::Overrides overrides{{}, {{"ALTMIND_DATA", "."}}};  // for paths that are never opened here
  LearnerOptions options = load_config(ALTMIND_MNIST_CONFIG, overrides).learner;
  options.model.spec.inputs = inputs;
  options.model.seed = seed;
  return options;
}

}  // namespace altmind::bench
