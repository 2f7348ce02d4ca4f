#pragma once
// The body of GET /v1/model.

#include <chrono>
#include <string>
#include <vector>

#include "daemon/ingest_counter.hpp"
#include "daemon/pipeline.hpp"
#include "daemon/sources.hpp"

namespace altmind::daemon {

struct StatusInputs {
  Pipeline& pipeline;
  const std::vector<NamedSource>& sources;
  const IngestCounter& counter;
  bool ready = false;
  std::chrono::steady_clock::time_point started;
};

/// One JSON object; docs/http.md describes it.
std::string status_json(const StatusInputs& inputs);

}  // namespace altmind::daemon
