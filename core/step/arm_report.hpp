#pragma once
// Describes the arms of a state.

#include <vector>

#include "core/learner_options.hpp"
#include "core/step/learner_state.hpp"
#include "core/step/step_report.hpp"

namespace altmind {

/// Returns one report per arm; empty unless steps are self-tuned.
std::vector<ArmReport> arm_reports(const LearnerOptions& options, const LearnerState& state);

}  // namespace altmind
