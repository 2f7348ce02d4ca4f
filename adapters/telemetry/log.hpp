#pragma once
// Log lines on stderr, as text or one JSON object a line.

#include <cstddef>
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

/// From now on at most `most_alike` warnings of one event are written, and the others only counted. Thread-safe.
void sum_up_warnings(std::size_t most_alike);

/// Logs how many warnings of each event were only counted, and ends the counting.
void log_sums();

}  // namespace altmind::telemetry
