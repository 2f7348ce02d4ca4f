#pragma once
// Maps requests to responses: every route of the interface. Has no socket and no thread of its own.

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
  Hosts hosts{"127.0.0.1", {}, ""};  ///< names by which callers of learning and admin routes may address the server
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

/// The services of the daemon that the routes use. Borrowed; the owner outlives the routes.
struct Services {
  const SnapshotCell& snapshots;
  SampleSink& sink;
  ingest::Ledger& ledger;
  ingest::IngestProbe& probe;
  /// Collects on this thread what GET /v1/model needs; the returned function writes the body, on any thread.
  std::function<std::function<std::string()>()> status;
  std::function<std::string()> metrics;  ///< body of GET /metrics, Prometheus text 0.0.4; on any thread
  std::function<Health()> health;
  std::function<void(std::function<void(CheckpointOutcome)>)> checkpoint;  ///< asks the trainer; answers later
  /// Announces a boundary between the samples admitted so far and later ones. False, and no receipt: it is too late.
  std::function<bool(OnDurable)> announce;
  std::string boundary_refusal;                ///< why boundaries are refused, as a sentence; empty if they are not
  std::function<std::string()> prediction_id;  ///< a fresh id for a prediction without one; thread-safe
  /// Runs a job on a thread of the lane; each lane but Lane::predictions runs one at a time. False: the lane is full.
  /// Empty function: jobs run immediately on the calling thread.
  std::function<bool(Lane, Workers::Job)> run{};
};

/// Called by one thread at a time (the I/O thread); `respond` may run on another. Samples and predictions are handled
/// on the threads of Services::run, which must end before the routes do.
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
