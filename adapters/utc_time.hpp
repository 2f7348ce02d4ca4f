#pragma once
// Formats points of time in UTC.

#include <chrono>
#include <ctime>
#include <string>

namespace altmind::adapters {

std::tm utc_of(std::chrono::system_clock::time_point time);

/// RFC 3339, with milliseconds: 2024-05-01T12:00:00.000Z.
std::string rfc3339(std::chrono::system_clock::time_point time);

/// RFC 3339, whole seconds: 2024-05-01T12:00:00Z.
std::string rfc3339_seconds(std::chrono::system_clock::time_point time);

}  // namespace altmind::adapters
