#pragma once
// Environment variables and --set over what the file says.

#include "config/document.hpp"
#include "config/load.hpp"

namespace altmind::config {

/// Puts first the environment's ALTMIND_SECTION__KEY, ALTMIND_SOURCE__N__KEY and ALTMIND_TEST__KEY into the
/// document, then overrides.set in order. A source is addressed by its number from 0 or its name. Throws
/// ConfigError naming the variable or --set when the section or source does not exist; unknown keys are
/// found by the section's reader.
void apply_overrides(const Overrides& overrides, Document& document);

/// Names of the sources: as given, else the type, numbered so that no two are the same.
std::vector<std::string> source_names(const std::vector<Table>& sources);

}  // namespace altmind::config
