#include "adapters/telemetry/process_metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>

namespace altmind::telemetry {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

void add(std::vector<MetricFamily>& families, const char* name, const char* help, MetricType type, double value) {
  prometheus::ClientMetric metric;
  (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  families.push_back({name, help, type, {std::move(metric)}});
}

/// Returns the time at which the machine was started, in seconds since 1970; 0 if unknown.
double boot_time() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("btime ")) return std::stod(line.substr(6));
  return 0.0;
}

/// Adds the values of /proc/self/stat, proc(5). The name in field 2 may contain blanks and parentheses: parse after the
/// last ')'.
void add_stat(std::vector<MetricFamily>& families) {
  std::ifstream file("/proc/self/stat");
  std::string text;
  std::getline(file, text);
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  const auto skip = [&](int count) {
    for (int i = 0; i < count; ++i) fields >> skipped;
  };
  double user = 0, system = 0, threads = 0, start = 0, virtual_bytes = 0, resident_pages = 0;
  skip(11);  // fields 3 to 13
  fields >> user >> system;
  skip(4);  // 16 to 19
  fields >> threads;
  skip(1);  // 21
  fields >> start >> virtual_bytes >> resident_pages;
  if (!fields) return;
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  add(families, "process_cpu_seconds_total", "Processor time spent, user and system.", MetricType::Counter,
      (user + system) / ticks);
  add(families, "process_resident_memory_bytes", "Memory in RAM.", MetricType::Gauge,
      resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE)));
  add(families, "process_virtual_memory_bytes", "Address space in use.", MetricType::Gauge, virtual_bytes);
  add(families, "process_threads", "Threads.", MetricType::Gauge, threads);
  if (const double boot = boot_time(); boot > 0)
    add(families, "process_start_time_seconds", "When the process started, in seconds since 1970.", MetricType::Gauge,
        boot + start / ticks);
}

void add_descriptors(std::vector<MetricFamily>& families) {
  std::error_code error;
  double open = 0;
  for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end; at.increment(error))
    open += 1;
  if (!error) add(families, "process_open_fds", "Open file descriptors.", MetricType::Gauge, open);
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
    add(families, "process_max_fds", "Most file descriptors that may be open.", MetricType::Gauge,
        static_cast<double>(limit.rlim_cur));
}

}  // namespace

std::vector<MetricFamily> process_metrics() {
  std::vector<MetricFamily> families;
  add_stat(families);
  add_descriptors(families);
  return families;
}

}  // namespace altmind::telemetry
