#pragma once
// Overrides the configuration file by environment variables and --set.

#include "config/document.hpp"
#include "config/load.hpp"

namespace altmind::config {

/// Applies the environment variables ALTMIND_SECTION__KEY, ALTMIND_SOURCE__N__KEY and ALTMIND_TEST__KEY to the
/// document, then overrides.set in order. A source is addressed by its index from 0 or its name. Throws
/// ConfigError naming the variable or --set if the section or source does not exist; the section's reader reports
/// unknown keys.
void apply_overrides(const Overrides& overrides, Document& document);

/// Returns the unique names of the sources: as given, else the type, numbered if necessary.
std::vector<std::string> source_names(const std::vector<Table>& sources);

}  // namespace altmind::config
