#pragma once
// The body of GET /v1/model.

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "daemon/ingest_counter.hpp"
#include "daemon/pipeline.hpp"
#include "daemon/sources.hpp"

namespace altmind::daemon {

/// The status of a source, obtained on the thread that it lives on.
struct SourceStatus {
  std::string name;
  std::string json;
  std::optional<std::string> failure;
};
std::vector<SourceStatus> status_of(const std::vector<NamedSource>& sources);

/// Missing values of a source, or of all: `values`, of these `odd_texts`, and `columns` by name.
nlohmann::json missing_of(const ingest::MissingValues& missing);

struct StatusInputs {
  Pipeline& pipeline;
  std::vector<SourceStatus> sources;
  const IngestCounter& counter;
  bool ready = false;
  std::chrono::steady_clock::time_point started;
};

/// Returns one JSON object, described in docs/http.md. May be called from any thread.
std::string status_json(const StatusInputs& inputs);

}  // namespace altmind::daemon
