#pragma once
// What the kernel knows of this process, in the names every Prometheus client library uses.

#include <prometheus/metric_family.h>

#include <vector>

namespace altmind::telemetry {

/// process_cpu_seconds_total, process_resident_memory_bytes, process_virtual_memory_bytes,
/// process_open_fds, process_max_fds, process_threads, process_start_time_seconds, read from /proc now.
/// What cannot be read is left out. Never throws but for lack of memory.
std::vector<prometheus::MetricFamily> process_metrics();

}  // namespace altmind::telemetry
