#pragma once
// What no single key can tell: keys that are missing, contradict each other or are unsafe together.

#include "config/document.hpp"

namespace altmind::config {

/// Throws ConfigError at the first contradiction in the learner's options.
void check_learner(const LearnerOptions& options, const Document& document);

/// The same for one [[source]] or [test] table.
void check_source(const adapters::SourceOptions& source, const Table& table, const ModelOptions& model);

/// The same for everything else: sources together, listeners, limits.
void check_config(const Config& config, const Document& document);

}  // namespace altmind::config
