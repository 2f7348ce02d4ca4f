#pragma once
// The preconditioner of a layer: the damped solve with A, with or without protection of old tasks.

#include <optional>

#include "core/continual/consolidation.hpp"
#include "core/linalg/types.hpp"
#include "core/weights/curvature.hpp"

namespace altmind {

/// Buffers of a preconditioner, reused across steps.
struct PreconditionerBuffers {
  Matrix part, whitened;
};

/// The preconditioner of one layer with n inputs and o outputs. A view: references the state and the buffers.
///
/// `solve` computes the unprotected step U = D (A + lambda I)^-1 and how far it moves codes, which determines the
/// length of the step; `anchor` then damps the part of U in directions that old data used. Under protection U is
/// whitened in between: in coordinates where A + lambda I is I and P is diagonal.
class Preconditioner {
 public:
  /// For layer l, with protection if anything is consolidated.
  Preconditioner(const Curvature& curvature, const Protections& protections, std::size_t l,
                 PreconditionerBuffers& buffers)
      : curvature_(curvature), protection_(protecting(protections) ? &protections[l] : nullptr), my_(buffers) {}

  /// d (o, n): D on entry, U on return (whitened under protection). move (o, k) <- U times inputs (n, k).
  void solve(const ConstView& inputs, Matrix& d, Matrix& move) const;

  /// d <- the step in weights, with protection weighted `strength` times as much as A. No-op without protection.
  void anchor(double strength, Matrix& d) const;

 private:
  const Curvature& curvature_;
  const Protection* protection_;
  PreconditionerBuffers& my_;
};

/// Recomputes the factors for the preconditioner of layer l from A, damped by `damping_of`. one_sided: in the class
/// regime. Returns whether the damping had to be raised.
bool refresh(const DampingRule& damping, bool one_sided, std::size_t l, Curvature& curvature, Protections& protections);

}  // namespace altmind
