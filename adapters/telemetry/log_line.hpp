#pragma once
// Formats one log line, which log() writes.

#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>

#include "adapters/telemetry/log.hpp"

namespace altmind::telemetry {

/// Returns the line without a line end. Text: `time level event key=value`, values quoted if needed. JSON: one object
/// with time, level, event and the fields; always valid: control characters are escaped, invalid UTF-8 becomes U+FFFD,
/// a field with the name of an earlier one gets a trailing underscore.
std::string log_line(LogFormat format, LogLevel level, std::chrono::system_clock::time_point time,
                     std::string_view event, std::initializer_list<LogField> fields);

}  // namespace altmind::telemetry
