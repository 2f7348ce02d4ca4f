#include "adapters/telemetry/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <atomic>
#include <memory>

#include "adapters/telemetry/log_line.hpp"

namespace altmind::telemetry {
namespace {

/// The process has one stderr, hence one logger: the only state of this program outside an object.
struct ProcessLog {
  ProcessLog() : logger("altmind", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger.set_pattern("%v");  // the line is complete: log_line()
    logger.set_level(spdlog::level::trace);
  }
  spdlog::logger logger;
  std::atomic<LogLevel> level = LogOptions{}.level;
  std::atomic<LogFormat> format = LogOptions{}.format;
};

ProcessLog& process_log() {
  static ProcessLog instance;
  return instance;
}

}  // namespace

void configure_log(const LogOptions& options) {
  process_log().level = options.level;
  process_log().format = options.format;
}

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  ProcessLog& out = process_log();
  if (level < out.level.load()) return;
  try {
    const std::string line = log_line(out.format, level, std::chrono::system_clock::now(), event, fields);
    out.logger.log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
    out.logger.flush();
  } catch (...) {
    // No memory or no stderr: a lost line is better than a lost daemon.
  }
}

}  // namespace altmind::telemetry
