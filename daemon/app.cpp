#include "daemon/app.hpp"

#include <sys/resource.h>
#include <systemd/sd-daemon.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <cstdlib>
#include <random>

#include "adapters/http/routes/routes.hpp"
#include "adapters/http/wire/server.hpp"
#include "adapters/telemetry/log.hpp"
#include "config/load.hpp"
#include "core/linalg/blas.hpp"
#include "daemon/blas_guard.hpp"
#include "daemon/status.hpp"
#include "daemon/version.hpp"

namespace altmind::daemon {

namespace {

using Clock = std::chrono::steady_clock;

/// Learning may continue this long after SIGTERM; the rest is in the journal for the next start.
constexpr std::chrono::milliseconds drain_time{2500};
/// A stop that hangs for longer is ended; the journal makes that safe.
constexpr std::chrono::seconds shutdown_timeout{25};

std::vector<std::string> source_names(const config::Config& config) {
  std::vector<std::string> names = {"http"};
  for (const adapters::SourceOptions& source : config.sources) names.push_back(source.name);
  return names;
}

/// Ids for predictions without one: unique across restarts by a random prefix.
class PredictionIds {
 public:
  PredictionIds() {
    std::random_device entropy;
    constexpr char digits[] = "0123456789abcdef";
    for (int i = 0; i < 12; ++i) prefix_ += digits[entropy() % 16];
  }
  std::string next() { return prefix_ + "-" + std::to_string(++count_); }  ///< thread-safe

 private:
  std::string prefix_;
  std::atomic<std::uint64_t> count_ = 0;
};

/// Raises the limit of descriptors to the maximum: connections need them, and the usual 1024 is only the default.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

http::RouteOptions route_options(const http::HttpOptions& options) {
  constexpr std::size_t answers_at_once = 8;  // of the largest size, being written or waiting to be sent
  return {options.max_samples,
          {options.max_answer, std::make_shared<http::AnswerBudget>(answers_at_once * options.max_answer)},
          http::Hosts(options.listen, options.hosts, http::machine_name())};
}

void change_hangup(int how) {
  sigset_t hangup;
  sigemptyset(&hangup);
  sigaddset(&hangup, SIGHUP);
  pthread_sigmask(how, &hangup, nullptr);
}

class App {
 public:
  App(const config::Config& config, const ServeOptions& options)
      : options_(options),
        directory_(config.store.directory.value_or("altmind-data")),
        boundary_refusal_(config::boundary_refusal(config.learner)),
        telemetry_(source_names(config)),
        rejected_log_((std::filesystem::create_directories(directory_), directory_ / "rejected.ndjson")),
        counter_(telemetry_, &rejected_log_),
        pipeline_(config, pipeline_options(config), counter_, telemetry_),
        routes_(route_options(config.http), services()),
        server_(
            io_, config.http,
            [this](http::Request request, http::Respond respond) {
              routes_.handle(std::move(request), std::move(respond));
            },
            [this](const std::string& route, int status, double seconds) {
              telemetry_.request(route, status, seconds);
            }),
        sources_(make_sources(config.sources, config.learner.model.spec, &io_, pipeline_.queue(), pipeline_.ledger(),
                              counter_)),
        http_(!config.http.listen.empty()) {}

  int run() {
    signals_.async_wait([this](auto error, int signal) { on_signal(error, signal); });
    change_hangup(SIG_UNBLOCK);
    if (http_) {
      server_.start();
      log(telemetry::LogLevel::info, "HTTP listens", {{"port", std::to_string(server_.port())}});
    }
    pipeline_.start([this] { boost::asio::post(io_, [this] { drained(); }); });
    for (const NamedSource& one : sources_) one.source->start();
    ready_ = true;
    sd_notify(0, "READY=1");
    log(telemetry::LogLevel::info, "ready",
        {{"version", version},
         {"directory", directory_.string()},
         {"replayed_batches", std::to_string(pipeline_.replayed_batches())},
         {"step", std::to_string(pipeline_.snapshots().load()->step)},
         {"blas_kernel", blas_kernel()}});
    io_.run();
    pipeline_.join();
    log(telemetry::LogLevel::info, "stopped", {{"step", std::to_string(pipeline_.snapshots().load()->step)}});
    return pipeline_.failed() ? 1 : 0;
  }

 private:
  PipelineOptions pipeline_options(const config::Config& config) const {
    PipelineOptions options;
    options.directory = directory_;
    options.journal = config.store.journal;
    options.require_empty = options_.fresh;
    options.truncate_journal = options_.truncate_journal;
    options.replay.progress = [last = Clock::now()](std::uint64_t batches) mutable {
      if (Clock::now() - last < std::chrono::seconds(5)) return;
      last = Clock::now();
      sd_notifyf(0, "EXTEND_TIMEOUT_USEC=30000000\nSTATUS=replaying the journal: %llu batches",
                 static_cast<unsigned long long>(batches));
      log(telemetry::LogLevel::info, "replaying the journal", {{"batches", std::to_string(batches)}});
    };
    return options;
  }

  http::Services services() {
    return {pipeline_.snapshots(),
            pipeline_.queue(),
            pipeline_.ledger(),
            counter_,
            [this] {
              StatusInputs inputs{pipeline_, status_of(sources_), counter_, health().ready, started_};
              return [inputs = std::move(inputs)] { return status_json(inputs); };
            },
            [this] {
              telemetry_.queue(pipeline_.queue().samples(), pipeline_.queue().capacity());
              return telemetry_.text();
            },
            [this] { return health(); },
            [this](std::function<void(http::CheckpointOutcome)> done) {
              pipeline_.trainer().request_checkpoint(std::move(done));
            },
            [this](OnDurable on_durable) { return pipeline_.queue().announce(std::move(on_durable)); },
            boundary_refusal_,
            [this] { return ids_.next(); },
            [this](http::Lane lane, http::Workers::Job job) { return workers_.run(lane, std::move(job)); }};
  }

  http::Health health() const {
    const Writer& writer = pipeline_.writer();
    const Trainer& trainer = pipeline_.trainer();
    const std::string trouble = pipeline_.store_trouble();
    http::Health health;
    health.draining = stopping_;
    health.journal_failed = writer.failed() || writer.full();
    const std::uint64_t unlearned = pipeline_.snapshots().load()->unlearned;
    const bool learning = unlearned < not_learning_batches && !trainer.failed();
    health.ready = ready_ && !stopping_ && !health.journal_failed && learning && trouble.empty();
    health.detail = !trouble.empty()   ? trouble
                    : writer.failed()  ? "the journal refused samples; learning has stopped: " + writer.failure()
                    : writer.full()    ? "the disk is full; learning waits until there is room"
                    : trainer.failed() ? "learning has failed and stopped: " + trainer.failure()
                    : stopping_        ? "draining"
                    : !learning        ? "the last " + std::to_string(unlearned) + " batches could not be learned"
                    : ready_           ? "learning"
                                       : "starting";
    return health;
  }

  void on_signal(const boost::system::error_code& error, int signal) {
    if (error) return;
    signals_.async_wait([this](auto next_error, int next) { on_signal(next_error, next); });
    if (signal == SIGHUP) {
      reload();
    } else if (stopping_) {
      log(telemetry::LogLevel::warning, "second signal: ending now; the journal has what was acknowledged");
      std::_Exit(1);
    } else {
      stop();
    }
  }

  /// Applies what can change without a restart: log level and format, when checkpoints are written.
  void reload() {
    sd_notify(0, "RELOADING=1");
    try {
      const config::Config config = options_.reload();
      configure_log(config.log);
      pipeline_.trainer().set_options(trainer_options(config.store));
      log(telemetry::LogLevel::info, "configuration read again: log and checkpoint settings are in force");
    } catch (const std::exception& problem) {
      log(telemetry::LogLevel::error, "the configuration was not read again; the old one stays",
          {{"error", problem.what()}});
    }
    sd_notify(0, "READY=1");
  }

  void stop() {
    stopping_ = true;
    sd_notify(0, "STOPPING=1");
    log(telemetry::LogLevel::info, "stopping: draining what was admitted");
    timeout_.expires_after(shutdown_timeout);
    timeout_.async_wait([](const boost::system::error_code& error) {
      if (error) return;
      log(telemetry::LogLevel::error, "the stop took too long: ending now; the journal has what was acknowledged");
      std::_Exit(1);
    });
    for (const NamedSource& one : sources_) one.source->stop();
    pipeline_.stop(Clock::now() + drain_time);
    if (finished_) finish();
  }

  /// Called when the trainer has finished learning and saving: because of stop(), or because the writer gave up;
  /// predictions then go on until the process is stopped.
  void drained() {
    finished_ = true;
    if (stopping_) finish();
  }

  void finish() {
    server_.stop([this] {
      timeout_.cancel();
      signals_.cancel();
      io_.stop();
    });
  }

  const ServeOptions options_;
  const Clock::time_point started_ = Clock::now();
  const std::filesystem::path directory_;
  const std::string boundary_refusal_;  ///< empty: operators may announce boundaries
  boost::asio::io_context io_{1};
  telemetry::Telemetry telemetry_;
  ingest::RejectedLog rejected_log_;
  IngestCounter counter_;
  PredictionIds ids_;
  Pipeline pipeline_;
  // After the pipeline: a SIGTERM during a long replay ends the process by default, which the journal allows.
  boost::asio::signal_set signals_{io_, SIGTERM, SIGINT, SIGHUP};
  boost::asio::steady_timer timeout_{io_};
  http::Routes routes_;
  http::Workers workers_;  // destroyed before what its jobs use
  http::HttpServer server_;
  std::vector<NamedSource> sources_;
  const bool http_;
  std::atomic<bool> ready_ = false;
  std::atomic<bool> stopping_ = false;
  bool finished_ = false;
};

}  // namespace

void take_signals() {
  // A SIGHUP during start-up, while the configuration is being read anyway, stays pending until it can be handled, even
  // across exec.
  change_hangup(SIG_BLOCK);
  for (const int number : {SIGPIPE, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGSTKFLT}) {
    std::signal(number, SIG_IGN);
  }
  for (int number = SIGRTMIN; number <= SIGRTMAX; ++number) std::signal(number, SIG_IGN);
}

int serve(const config::Config& config, const ServeOptions& options) {
  configure_log(config.log);
  warn_of_kernel(config.log);
  raise_descriptor_limit();
  App app(config, options);
  return app.run();
}

}  // namespace altmind::daemon
