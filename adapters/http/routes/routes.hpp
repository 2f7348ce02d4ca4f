#pragma once
// Requests to responses: every route of the interface. No socket, no thread of its own.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "adapters/http/message.hpp"
#include "adapters/http/routes/hosts.hpp"
#include "adapters/http/routes/prediction_blocks.hpp"
#include "adapters/http/routes/workers.hpp"
#include "adapters/ingest/ingest_probe.hpp"
#include "adapters/ingest/ledger.hpp"
#include "core/samples/sample_sink.hpp"
#include "core/serve/snapshot.hpp"

namespace altmind::http {

struct RouteOptions {
  std::size_t max_samples = 10'000;  ///< of one ingest or predict request
  AnswerLimits answers{};            ///< of predictions
  Hosts hosts{"127.0.0.1", {}, ""};  ///< what the server may be called by whoever teaches or operates it
};

/// Health as GET /readyz?verbose shows it.
struct Health {
  bool ready = false;     ///< 503 otherwise
  bool draining = false;  ///< ingest answers 503
  bool journal_failed = false;
  std::string detail;  ///< one line for a person
};

/// Outcome of POST /v1/admin/checkpoint.
struct CheckpointOutcome {
  bool saved = false;
  std::uint64_t step = 0;
  std::string file;
  std::string error;
};

/// What the routes need of the daemon. Borrowed; the owner outlives the routes.
struct Services {
  const SnapshotCell& snapshots;
  SampleSink& sink;
  ingest::Ledger& ledger;
  ingest::IngestProbe& probe;
  /// Gathers what GET /v1/model needs of this thread; what comes of it makes the body, on any thread.
  std::function<std::function<std::string()>()> status;
  std::function<std::string()> metrics;  ///< body of GET /metrics, Prometheus text 0.0.4; on any thread
  std::function<Health()> health;
  std::function<void(std::function<void(CheckpointOutcome)>)> checkpoint;  ///< asks the trainer; answers later
  /// Puts a boundary between the samples admitted so far and those that come. False, and no receipt: no longer.
  std::function<bool(OnDurable)> announce;
  std::string boundary_refusal;                ///< why there can be no boundary, as a sentence; empty: there can
  std::function<std::string()> prediction_id;  ///< a fresh id for a prediction that brought none; thread-safe
  /// Runs a job on a thread of the lane, which handles one at a time but for Lane::predictions. False: it has no room
  /// for it. Empty: jobs run at once, where they are made.
  std::function<bool(Lane, Workers::Job)> run{};
};

/// Used by one thread at a time (the I/O thread); `respond` may run on another. Samples and predictions are handled on
/// the threads of Services::run: those must have ended before the routes do.
class Routes {
 public:
  Routes(RouteOptions options, Services services);
  ~Routes();

  /// Answers now or later; every request is answered once. Never throws.
  void handle(Request request, Respond respond);

  /// Method and pattern of every route; openapi.json documents exactly these.
  static std::vector<std::pair<std::string, std::string>> list();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace altmind::http
