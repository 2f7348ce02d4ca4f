#pragma once
// Log lines on stderr, as text or one JSON object a line.

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "adapters/telemetry/log_options.hpp"

namespace altmind::telemetry {

/// Sets level and format for the process. Thread-safe; may be called again (SIGHUP).
void configure_log(const LogOptions& options);

using LogField = std::pair<std::string_view, std::string>;

/// `event` is a short sentence; fields are appended as key=value (text) or members (JSON). Thread-safe.
void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

}  // namespace altmind::telemetry
