#pragma once
// Checks that involve several keys: missing, contradictory or unsafe combinations.

#include "config/document.hpp"

namespace altmind::config {

/// Throws ConfigError for the first contradiction in the learner's options.
void check_learner(const LearnerOptions& options, const Document& document);

/// Does the same for one [[source]] or [test] table.
void check_source(const adapters::SourceOptions& source, const Table& table, const ModelOptions& model);

/// Does the same for everything else: combinations of sources, listeners, limits.
void check_config(const Config& config, const Document& document);

}  // namespace altmind::config
