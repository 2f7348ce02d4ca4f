#pragma once
// [[features.column]] tables to the columns of the schema, and back.

#include <string>
#include <vector>

#include "config/document.hpp"
#include "config/field.hpp"
#include "core/learner_options.hpp"

namespace altmind::config {

/// Keys of a column.
const std::vector<Field<Column>>& column_fields();

/// Reads the schema of `document` into the model, whose inputs follow from it. Throws ConfigError.
void read_columns(const Document& document, const Reading& reading, ModelOptions& model);

/// Relations between columns and to the normaliser. Throws ConfigError.
void check_columns(const LearnerOptions& options, const Document& document);

}  // namespace altmind::config
