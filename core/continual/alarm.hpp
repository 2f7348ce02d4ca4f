#pragma once
// When to consolidate and when to let go: what one batch says before it is learned.

#include <span>
#include <vector>

#include "core/continual/consolidation.hpp"
#include "core/continual/consolidation_report.hpp"
#include "core/evaluate/prequential.hpp"
#include "core/features/fit.hpp"
#include "core/linalg/types.hpp"
#include "core/samples/sample.hpp"
#include "core/samples/values.hpp"

namespace altmind {

/// Buffers of `judge`. Kept between steps.
struct AlarmBuffers {
  Matrix inputs, whitened, sum;
};

/// Whether, in an eighth of the columns or more, most numbers of a batch are outside of what fits (`fits`, one per
/// column; empty: nothing is known): a unit or a level has changed there, and the statistics will begin anew with it.
/// False of more than 255 columns. x: one sample after the other.
bool columns_change(const std::vector<Fit>& fits, Values x);

/// Judges a batch before it is learned. inputs (n_0 + 1, m): of the first layer; scored: its m samples. Consolidates
/// when the inputs are unlike what is pending and the error has risen, or when over half of the labels were never seen;
/// neither while the new classes only join old ones that still come. Releases when the error jumps although the inputs
/// are familiar. Either has been carried out when it returns.
///
/// The error of a batch is the share of samples predicted wrong; under regression, of those whose loss is over four
/// times its running mean. While `columns_change` neither inputs nor error are looked at: as soon as the statistics
/// have followed, they are the old ones again, and no task has begun.
ConsolidationReport judge(Task task, const Matrix& inputs, std::span<const Score> scored, bool columns_change,
                          Consolidation& state, AlarmBuffers& buffers);

/// Whether the classes for which protection of classes began lately have joined the old ones: those still come, the
/// stream rehearses them itself, and there was no task to protect.
bool have_joined(const Consolidation& state);

/// Share of samples of classes that are protected; 1 in the domain regime, where classes do not matter.
double old_share(std::span<const Score> scored, const Consolidation& state);

}  // namespace altmind
