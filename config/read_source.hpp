#pragma once
// Reads [[source]] and [test] tables into SourceOptions.

#include "config/document.hpp"
#include "config/field.hpp"

namespace altmind::config {

/// Reads one [[source]] table; `options` holds defaults computed elsewhere (name, seed). Throws ConfigError.
adapters::SourceOptions read_source(const Table& table, const Reading& reading, adapters::SourceOptions options);

/// Reads the [test] table: a finite file read once, in order.
adapters::SourceOptions read_test(const Table& table, const Reading& reading, adapters::SourceOptions options);

}  // namespace altmind::config
