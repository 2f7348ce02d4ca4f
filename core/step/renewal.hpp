#pragma once
// Recovery from a state in which no batch can be learned.

#include <cstdint>
#include <vector>

#include "core/learner_options.hpp"
#include "core/step/learner_state.hpp"
#include "core/step/step_report.hpp"

namespace altmind {

/// Number of consecutive batches that could not be learned after which parts of the state are reinitialised.
inline constexpr std::uint64_t renewal_patience = 100;

/// Reinitialises second moments, factors, moments and averages of all arms, and with Renewal::weights also the weights
/// (drawn by their seeds) and everything else that is not finite. Names, counters, and finite scores and statistics of
/// features and targets are kept.
/// at_fault: per arm, whether it is renewed; others go on. If the first is, all are, since what the arms share belongs
/// to it.
void renew(const LearnerOptions& options, Renewal what, const std::vector<bool>& at_fault, LearnerState& state);

/// True if weights or averages turn inputs of ordinary size into codes beyond `largest_kept`: then the state, not the
/// data, prevents learning. inputs (n + 1, m): the arm's, of a skipped batch; scaled down to at most 10 first. False
/// for inputs beyond `largest_kept`, which allow no conclusion. `buffer` is overwritten.
bool arm_is_at_fault(const Arm& arm, const Matrix& inputs, Encoding& buffer);

}  // namespace altmind
