#pragma once

namespace altmind::telemetry {

enum class LogLevel { debug, info, warning, error };
enum class LogFormat { text, json };

struct LogOptions {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::text;

  bool operator==(const LogOptions&) const = default;
};

}  // namespace altmind::telemetry
