#pragma once
// [[source]] and [test] tables to SourceOptions.

#include "config/document.hpp"
#include "config/field.hpp"

namespace altmind::config {

/// One [[source]] table; `options` holds the defaults computed from elsewhere (name, seed). Throws ConfigError.
adapters::SourceOptions read_source(const Table& table, const Reading& reading, adapters::SourceOptions options);

/// The [test] table: a finite file read once, in order.
adapters::SourceOptions read_test(const Table& table, const Reading& reading, adapters::SourceOptions options);

}  // namespace altmind::config
