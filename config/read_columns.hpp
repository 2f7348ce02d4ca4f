#pragma once
// Reads [[features.column]] tables into the columns of the schema, and writes them back.

#include <string>
#include <vector>

#include "config/document.hpp"
#include "config/field.hpp"
#include "core/learner_options.hpp"

namespace altmind::config {

/// Returns the keys of a column.
const std::vector<Field<Column>>& column_fields();

/// Reads the schema of `document` into the model, and derives the model's inputs from it. Throws ConfigError.
void read_columns(const Document& document, const Reading& reading, ModelOptions& model);

/// Checks relations between columns and with the normaliser. Throws ConfigError.
void check_columns(const LearnerOptions& options, const Document& document);

}  // namespace altmind::config
