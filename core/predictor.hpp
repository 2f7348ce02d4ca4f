#pragma once
// What a snapshot computes with.

#include "core/network.hpp"
#include "core/normaliser.hpp"
#include "core/target_scale.hpp"

namespace altmind {

/// Immutable after construction.
class Predictor {
 public:
  SampleSpec spec;
  Affine map;
  Network network;
  TargetScale targets;
  Index classes = 0;  ///< unmasked classes
};

}  // namespace altmind
