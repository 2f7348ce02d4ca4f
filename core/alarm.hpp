#pragma once
// When to consolidate and when to let go: what one batch says before it is learned.

#include <span>

#include "core/consolidation.hpp"
#include "core/step_report.hpp"
#include "core/types.hpp"

namespace altmind {

/// Buffers of `judge`. Kept between steps.
struct AlarmBuffers {
  Matrix inputs, whitened, sum;
};

/// Judges a batch: `inputs` (n_0 + 1, m) to the first layer, `labels` (empty for regression), `error` the share (or, for
/// regression, nothing: 0) predicted wrong. Consolidates when the inputs are unlike what is pending and the error has
/// risen, or when over half of the labels were never seen; releases when the error jumps although the inputs are
/// familiar. Consolidation and release have been carried out when it returns.
ConsolidationReport judge(const Matrix& inputs, std::span<const std::uint32_t> labels, double error,
                          Consolidation& state, AlarmBuffers& buffers);

}  // namespace altmind
