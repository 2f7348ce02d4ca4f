#include "adapters/telemetry/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "adapters/telemetry/impatient_writer.hpp"
#include "adapters/telemetry/log_line.hpp"

namespace altmind::telemetry {
namespace {

/// Level and format in force.
struct Settings {
  std::atomic<LogLevel> level = LogOptions{}.level;
  std::atomic<LogFormat> format = LogOptions{}.format;
};

/// Never blocks the process if nobody reads the log.
class StderrSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit StderrSink(const Settings& settings) : settings_(settings) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    writer_.write({message.payload.data(), message.payload.size()}, [this](std::uint64_t lines) {
      return log_line(settings_.format, LogLevel::warning, std::chrono::system_clock::now(),
                      "the log was not read; lines were dropped", {{"lines", std::to_string(lines)}});
    });
  }
  void flush_() override {}

  const Settings& settings_;
  ImpatientWriter writer_{STDERR_FILENO};
};

/// The process has one stderr, hence one logger: the only global state of this program.
struct ProcessLog {
  ProcessLog() : logger("altmind", std::make_shared<StderrSink>(settings)) { logger.set_level(spdlog::level::trace); }
  Settings settings;
  spdlog::logger logger;

  std::atomic<std::size_t> most_alike = 0;  // 0: any number
  std::mutex mutex;
  std::map<std::string, std::size_t, std::less<>> warnings;  // protected by mutex
};

ProcessLog& process_log() {
  static ProcessLog instance;
  return instance;
}

/// Counts a warning if warnings are summed up. False if enough of its kind were shown.
bool shown(ProcessLog& out, std::string_view event) {
  const std::size_t most = out.most_alike;
  if (most == 0) return true;
  const std::lock_guard lock(out.mutex);
  const auto at = out.warnings.find(event);
  return ++(at == out.warnings.end() ? out.warnings[std::string(event)] : at->second) <= most;
}

}  // namespace

void sum_up_warnings(std::size_t most_alike) {
  process_log().most_alike = most_alike;
}

void log_sums() {
  ProcessLog& out = process_log();
  const std::size_t most = out.most_alike.exchange(0);
  std::map<std::string, std::size_t, std::less<>> warnings;
  {
    const std::lock_guard lock(out.mutex);
    warnings.swap(out.warnings);
  }
  for (const auto& [event, count] : warnings) {
    if (count > most) log(LogLevel::warning, event, {{"not_shown", std::to_string(count - most)}});
  }
}

void configure_log(const LogOptions& options) {
  process_log().settings.level = options.level;
  process_log().settings.format = options.format;
}

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  ProcessLog& out = process_log();
  if (level < out.settings.level.load()) return;
  try {
    if (level == LogLevel::warning && !shown(out, event)) return;
    const std::string line = log_line(out.settings.format, level, std::chrono::system_clock::now(), event, fields);
    out.logger.log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
  } catch (...) {
    // Out of memory or no stderr: a lost line is better than a lost daemon.
  }
}

}  // namespace altmind::telemetry
