#pragma once
// The part of a snapshot that computes predictions.

#include <vector>

#include "core/features/target_scale.hpp"
#include "core/model/network.hpp"
#include "core/step/answer.hpp"

namespace altmind {

/// Immutable after construction.
class Predictor {
 public:
  Predictor() = default;
  Predictor(const Predictor&) = delete;  // `voices` refers to `networks`

  SampleSpec spec;
  std::vector<Network> networks;  ///< the served weights of every arm
  Voices voices;                  ///< views of `networks`
  TargetScale targets;
};

}  // namespace altmind
