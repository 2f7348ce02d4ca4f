#pragma once
// The way back from a state that nothing can be learned in.

#include <cstdint>

#include "core/learner_options.hpp"
#include "core/step/learner_state.hpp"
#include "core/step/step_report.hpp"

namespace altmind {

/// So many batches in a row that could not be learned, and something is made anew.
inline constexpr std::uint64_t renewal_patience = 100;

/// Second moments, factors, moments and averages begin anew, and with Renewal::weights the weights too (as
/// `model.seed` draws them) and what is not finite of the rest. Names, counters, scores, and what is finite of feature
/// and target statistics stay.
void renew(const LearnerOptions& options, Renewal what, LearnerState& state);

/// Whether weights or averages turn inputs of ordinary size into codes beyond `largest_kept`: then it is the state that
/// keeps batches from being learned. inputs (n_0 + 1, m): of a batch that was skipped; they are scaled down to at most
/// 10 first. Inputs that are not within `largest_kept` say nothing. `buffer` may hold anything.
bool state_is_at_fault(const LearnerState& state, const Matrix& inputs, Encoding& buffer);

}  // namespace altmind
