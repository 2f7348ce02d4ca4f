#pragma once
// Process metrics from the kernel, under the names that every Prometheus client library uses.

#include <prometheus/metric_family.h>

#include <vector>

namespace altmind::telemetry {

/// Returns process_cpu_seconds_total, process_resident_memory_bytes, process_virtual_memory_bytes, process_open_fds,
/// process_max_fds, process_threads, process_start_time_seconds, read from /proc now. Omits what cannot be read. Throws
/// only when out of memory.
std::vector<prometheus::MetricFamily> process_metrics();

}  // namespace altmind::telemetry
