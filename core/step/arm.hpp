#pragma once
// One of the learners side by side ("arms"): a network with everything that only this learner adapts.

#include <cstdint>
#include <memory>
#include <vector>

#include "core/continual/consolidation.hpp"
#include "core/features/fourier.hpp"
#include "core/learner_options.hpp"
#include "core/model/batch_norm.hpp"
#include "core/model/network.hpp"
#include "core/step/tuning.hpp"
#include "core/weights/gradient_rule.hpp"
#include "core/weights/memory.hpp"

namespace altmind {

/// The parts of an arm that protection changes, as they would be without it. No weights if there is no twin.
struct Twin {
  Network network;
  Tuning tuning;
  std::vector<Vector> norm_vectors;
  Moments output;

  bool there() const { return !network.weights.empty(); }
};

/// Part of the state. Arms learn the same batches, each as if it were alone, and differ in step length, damping, inputs
/// and initial weights; what they predict is mixed (core/model/mixture.hpp).
struct Arm {
  std::shared_ptr<const FourierFeatures> features;  ///< that its network reads beside the inputs, by the options; none
  Network network;                                  ///< with batch normalisation, the folded weights for predictions
  std::vector<BatchNorm> norms;                     ///< one per hidden layer if any has batch normalisation, else empty
  std::vector<Moments> norm_moments;                ///< Adam moments of their gamma and beta (am-adam)
  std::vector<Memory> memories;                     ///< one per hidden layer (am-mem with a fixed gain), else empty
  std::vector<Moments> moments;                     ///< one per hidden layer (am-adam), else empty
  Moments output;                                   ///< moments of the output layer's rule
  Tuning tuning;                                    ///< for am-mem with automatic gain
  Protections protections;                          ///< likewise, if consolidation is enabled
  Twin twin;                                        ///< while a task is protected that was detected, not announced
  std::vector<Vector> norm_vectors;  ///< warm starts of the power iteration for the weights above each hidden layer
                                     ///< but the top (with code_rate automatic, the top too)
  std::uint64_t memory_since = 0;    ///< samples learned when the memories last forgot: start of their age
  double loss_sum = 0.0;             ///< E: decaying sum of its losses, which decides its weight in the mixture
};

/// Returns arm `i` before the first sample.
Arm fresh_arm(const LearnerOptions& options, std::size_t i);

/// Returns a copy of the arm's own parts as a twin.
Twin twin_of(const Arm& arm);

/// Returns the weights with which the arm predicts.
const Network& served(const LearnerOptions& options, const Arm& arm);

/// Returns the seed of arm `i`.
std::uint64_t arm_seed(const LearnerOptions& options, std::size_t i);

/// Returns the inputs that the network of arm `i` has beside those of a sample.
std::size_t fourier_features(const LearnerOptions& options, std::size_t i);

}  // namespace altmind
