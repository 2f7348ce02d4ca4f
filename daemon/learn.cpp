#include "daemon/learn.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <iomanip>
#include <iostream>
#include <mutex>
#include <optional>
#include <sstream>
#include <stdexcept>

#include "adapters/store/checkpoint/state_codec.hpp"
#include "adapters/telemetry/log.hpp"
#include "daemon/evaluate.hpp"
#include "daemon/ingest_counter.hpp"
#include "daemon/learn_report.hpp"
#include "daemon/pipeline.hpp"
#include "daemon/sources.hpp"

namespace altmind::daemon {

namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::json;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// Draws a progress bar on one line of stderr.
class ProgressBar {
 public:
  explicit ProgressBar(bool shown) : shown_(shown) {}
  ~ProgressBar() {
    if (drawn_) std::fputc('\n', stderr);
  }

  /// learned: samples since the bar began.
  void draw(double fraction, const Snapshot& snapshot, double learned) {
    if (!shown_) return;
    const double seconds = seconds_since(begin_);
    constexpr int width = 30;
    const int full = static_cast<int>(fraction * width);
    std::ostringstream line;
    line << '\r' << '[' << std::string(static_cast<std::size_t>(full), '=') << (full < width ? ">" : "")
         << std::string(static_cast<std::size_t>(std::max(0, width - full - 1)), ' ') << "] " << std::fixed
         << std::setw(3) << static_cast<int>(fraction * 100) << "%  " << snapshot.samples << " samples  "
         << std::setprecision(0) << learned / seconds << "/s  ";
    if (snapshot.spec.task == Task::classification) {
      line << "accuracy " << std::setprecision(4) << snapshot.prequential_window.accuracy;
    } else {
      line << "loss " << std::setprecision(4) << snapshot.prequential_window.loss;
    }
    if (fraction > 0.0) {
      line << "  " << std::setprecision(0) << seconds * (1.0 - fraction) / fraction << " s left";
    }
    line << "\033[K";
    std::fputs(line.str().c_str(), stderr);
    drawn_ = true;
  }

 private:
  const bool shown_;
  bool drawn_ = false;
  const Clock::time_point begin_ = Clock::now();
};

void check_finite(const config::Config& config) {
  if (config.sources.empty()) {
    throw std::invalid_argument("there is no source to learn from: name one with --input or a [[source]] table");
  }
  for (const adapters::SourceOptions& source : config.sources) {
    const bool endless = source.type == adapters::SourceType::tcp || source.follow ||
                         (source.type == adapters::SourceType::generator && !source.limit);
    if (endless) {
      throw std::invalid_argument(
          "source " + source.name +
          " has no end; learn needs a finite input (a file, stdin, or a generator with a limit)");
    }
  }
}

/// Set by SIGINT or SIGTERM: learn what is admitted, save, report. A second signal ends the process.
volatile std::sig_atomic_t interrupted = 0;

void interrupt_on(int signal_number) {
  std::signal(signal_number, [](int number) {
    interrupted = 1;
    std::signal(number, SIG_DFL);
  });
}

/// Set by the trainer's thread when the last batch is learned and saved.
struct End {
  std::mutex mutex;
  std::condition_variable changed;
  bool reached = false;  // protected by mutex

  void set() {
    const std::lock_guard lock(mutex);
    reached = true;
    changed.notify_all();
  }
  bool wait(std::chrono::milliseconds most) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, most, [this] { return reached; });
  }
};

/// Runs the sources to their end, or to a signal, then drains what is admitted; draws the bar meanwhile. Throws
/// std::runtime_error if a source fails.
void run_to_the_end(const std::vector<NamedSource>& sources, const IngestCounter& counter, Pipeline& pipeline,
                    End& end) {
  ProgressBar bar(isatty(STDERR_FILENO) != 0);
  const std::uint64_t before = pipeline.snapshots().load()->samples;
  bool stopped = false;
  do {
    bool finished = true;
    double read = 0.0;
    for (const NamedSource& one : sources) {
      if (const auto failure = one.source->failure()) {
        throw std::runtime_error("source " + one.name + ": " + *failure);
      }
      const auto progress = one.source->progress().value_or(adapters::SourceProgress{});
      finished = finished && progress.finished;
      read += progress.fraction / static_cast<double>(sources.size());
    }
    const auto snapshot = pipeline.snapshots().load();
    const auto accepted = static_cast<double>(counter.total().accepted);
    const auto learned = static_cast<double>(snapshot->samples - before);
    if (accepted > 0) bar.draw(read * std::min(1.0, learned / accepted), *snapshot, learned);
    if (!stopped && (finished || interrupted != 0)) {
      stopped = true;
      for (const NamedSource& one : sources) one.source->stop();
      pipeline.stop(std::nullopt);
    }
  } while (!end.wait(std::chrono::milliseconds(20)));  // how often the bar is drawn
}

/// Starts everything and learns all input. Returns the duration in seconds.
double run(const std::vector<NamedSource>& sources, const IngestCounter& counter, Pipeline& pipeline, End& end) {
  constexpr std::size_t most_alike = 3;
  telemetry::sum_up_warnings(most_alike);
  const auto begin = Clock::now();
  interrupt_on(SIGINT);
  interrupt_on(SIGTERM);
  pipeline.start([&end] { end.set(); });
  for (const NamedSource& one : sources) one.source->start();
  run_to_the_end(sources, counter, pipeline, end);
  pipeline.join();
  telemetry::log_sums();
  return seconds_since(begin);
}

std::uint64_t peak_rss_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

PipelineOptions options_of(const config::Config& config, const LearnOptions& options) {
  PipelineOptions out;
  out.journal = options.journal;
  out.cut_at_end = true;
  if (config.store.directory) {
    out.directory = *config.store.directory;
    out.require_empty = !options.resume;
  }
  return out;
}

}  // namespace

int learn(const config::Config& config, const LearnOptions& options) {
  check_finite(config);
  if (options.resume && !config.store.directory) {
    throw std::invalid_argument("--resume needs store.directory: without it nothing was kept");
  }
  std::vector<std::string> names;
  for (const adapters::SourceOptions& source : config.sources) names.push_back(source.name);
  telemetry::Telemetry telemetry(names);
  std::optional<ingest::RejectedLog> rejected_log;
  const PipelineOptions pipeline_options = options_of(config, options);
  if (config.store.directory) {
    std::filesystem::create_directories(*config.store.directory);
    rejected_log.emplace(std::filesystem::path(*config.store.directory) / "rejected.ndjson");
  }
  IngestCounter counter(telemetry, rejected_log ? &*rejected_log : nullptr);
  config::Config finite = config;
  finite.max_batch_age = std::chrono::milliseconds(0);  // batches depend on the input alone
  End end;                                              // before the pipeline, whose trainer sets it
  Pipeline pipeline(finite, pipeline_options, counter, telemetry);
  const std::uint64_t before = pipeline.snapshots().load()->samples;
  const Batches batches_before = batches_of(*pipeline.snapshots().load());
  const std::vector<NamedSource> sources =
      make_sources(finite.sources, finite.learner.model.spec, nullptr, pipeline.queue(), pipeline.ledger(), counter);

  const double seconds = run(sources, counter, pipeline, end);
  if (pipeline.writer().failed()) return 1;
  if (pipeline.trainer().failed()) throw std::runtime_error("learning has failed: " + pipeline.trainer().failure());

  const auto snapshot = pipeline.snapshots().load();
  const std::uint64_t learned = snapshot->samples - before;
  json report = report_of(*snapshot, learned, counter.total(), options.json_report);
  std::optional<std::string> wrong;
  if (interrupted == 0) {
    wrong = shortcoming(learned, batches_before, batches_of(*snapshot), counter, config.learner, options.resume);
  }
  if (config.test) {
    const Evaluation tested = evaluate(*snapshot, *config.test);
    report["test"] = report_of(tested, snapshot->spec.task);
    if (!wrong && tested.samples <= tested.rejected) {
      wrong = rejected_most("the test", tested.samples, tested.rejected, tested.reasons);
    }
  }
  if (interrupted != 0) report["interrupted"] = true;
  report["seconds"] = seconds;
  report["samples_per_second"] = static_cast<double>(learned) / seconds;
  report["peak_rss_bytes"] = peak_rss_bytes();
  report["state_sha256"] = store::state_sha256(pipeline.trainer().learner().state());
  if (const auto last = pipeline.trainer().last_checkpoint()) report["checkpoint"] = last->file;
  if (options.json_report) {
    std::cout << report.dump(2) << '\n';
  } else {
    print_text(report);
  }
  if (wrong) std::cerr << "altmind: " << *wrong << '\n';
  return wrong || pipeline.failed() ? 1 : 0;
}

}  // namespace altmind::daemon
