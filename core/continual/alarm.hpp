#pragma once
// Decides, on each batch before it is learned, when to consolidate and when to release.

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

/// Buffers of `judge`, reused across steps.
struct AlarmBuffers {
  Matrix inputs, whitened, sum;
};

/// True if, in at least an eighth of the columns, most numbers of a batch are outside the usual range (`fits`, one per
/// column; empty: unknown): their unit or level has changed, and the statistics will restart from it.
/// False for more than 255 columns. x: one sample after the other.
bool columns_change(const std::vector<Fit>& fits, Values x);

/// Judges a batch before it is learned. inputs (n_0 + 1, m): of the first layer; scored: its m samples. Consolidates
/// if the inputs are unlike the pending ones and the error has risen, or if over half of the labels are new, but not
/// while new classes merely join old ones that still arrive. Releases if the error jumps although the inputs are
/// familiar. On return `state` reflects the action; the caller carries it out on the protections of all arms. first:
/// those of the first arm, whose inputs are judged; budget: of its cost (`regret_budget`).
///
/// The error of a batch is the share of misclassified samples; for regression, of samples whose loss exceeds four times
/// its running mean. While `columns_change`, inputs and error are ignored: once the statistics have adapted, both
/// return to normal, and no new task has begun.
ConsolidationReport judge(Task task, const Matrix& inputs, std::span<const Score> scored, bool columns_change,
                          double budget, const Protections& first, Consolidation& state, AlarmBuffers& buffers);

/// True if the classes that recently triggered the class regime have merely joined the old ones: the old classes still
/// arrive, so the stream rehearses them itself, and there is no old task to protect.
bool have_joined(const Consolidation& state);

/// Returns the share of samples of protected classes; 1 in the domain regime, which does not depend on classes.
double old_share(std::span<const Score> scored, const Consolidation& state);

}  // namespace altmind
