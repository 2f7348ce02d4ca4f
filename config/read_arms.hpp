#pragma once
// Reads learning.arms: "auto", a number, or [[learning.arms]] tables.

#include "config/document.hpp"
#include "config/field.hpp"
#include "core/learner_options.hpp"

namespace altmind::config {

/// Number of arms that a configuration may list.
inline constexpr std::size_t most_listed_arms = 8;

const std::vector<Field<ArmOptions>>& arm_fields();

/// The key `arms` itself: checks "auto" or a number, which `read_arms` resolves once the network's shape is known, and
/// writes 1 if there is one arm whose step fraction adapts; otherwise the arms are written as tables.
Field<LearnerOptions> arms_field();

/// Sets options.learning.arms by tables, number or, with `default_auto` also without any of them, the network's shape.
/// Throws ConfigError.
void read_arms(const Document& document, const Reading& reading, bool default_auto, LearnerOptions& options);

/// Returns one comment line per arm, for `altmind check`.
std::string arms_text(const std::vector<ArmOptions>& arms);

}  // namespace altmind::config
