#pragma once
// Finite text files as one sequence of records.

#include <memory>

#include "adapters/sources/file/sample_reader.hpp"

namespace altmind::file {

/// ndjson and csv. A last line without a line end is a record. With `header`, the first line of every path is one.
std::unique_ptr<SampleReader> open_text(const adapters::SourceOptions& options, const SampleSpec& spec);

}  // namespace altmind::file
