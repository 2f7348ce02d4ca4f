#pragma once
// The part of a snapshot that computes predictions.

#include "core/features/normaliser.hpp"
#include "core/features/target_scale.hpp"
#include "core/model/network.hpp"

namespace altmind {

/// Immutable after construction.
class Predictor {
 public:
  SampleSpec spec;
  Affine map;
  Network network;
  TargetScale targets;
  Index classes = 0;  ///< number of unmasked classes
};

}  // namespace altmind
