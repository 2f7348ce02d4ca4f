#pragma once
// What turns a layer's gradient into its step: the damped solve by A, alone or under what is protected.

#include <optional>

#include "core/continual/consolidation.hpp"
#include "core/linalg/types.hpp"
#include "core/weights/curvature.hpp"

namespace altmind {

/// Kept between steps.
struct PreconditionerBuffers {
  Matrix part, whitened;
};

/// Of one layer with n inputs and o outputs. Refers to the parts of the state that it is made of, and to its buffers.
///
/// `solve` gives the unprotected step U = D (A + lambda I)^-1 and how far it moves codes, from which the length of the
/// step follows; `anchor` then holds back the part of U that would change what old data used. Under protection U is
/// whitened in between: in coordinates where A + lambda I is I and P is diagonal.
class Preconditioner {
 public:
  /// Of layer l: under protection where something is consolidated.
  Preconditioner(const Curvature& curvature, const Consolidation& consolidation, std::size_t l,
                 PreconditionerBuffers& buffers)
      : curvature_(curvature),
        protection_(consolidation.protecting() ? &consolidation.layers[l] : nullptr),
        my_(buffers) {}

  /// d (o, n) <- U of d = D; move (o, k) <- U times inputs (n, k).
  void solve(const ConstView& inputs, Matrix& d, Matrix& move) const;

  /// d <- the step in weights, protection counting `strength` times as much as A. Nothing where nothing is protected.
  void anchor(double strength, Matrix& d) const;

  /// Whether `move` of `solve` is what the whole step does to codes: nothing holds it back.
  bool free() const { return protection_ == nullptr; }

 private:
  const Curvature& curvature_;
  const Protection* protection_;
  PreconditionerBuffers& my_;
};

/// Makes the factors that the preconditioner of layer l uses anew from A, damped as `damping_of` says. Returns whether
/// the damping had to be raised.
bool refresh(std::optional<double> damping, std::size_t l, Curvature& curvature, Consolidation& consolidation);

}  // namespace altmind
