#pragma once
// What a snapshot computes with.

#include "core/network.hpp"
#include "core/normaliser.hpp"

namespace altmind {

/// Immutable after construction.
class Predictor {
 public:
  Affine map;
  Network network;
  Task task = Task::classification;
  Index classes = 0;  ///< unmasked classes
};

}  // namespace altmind
