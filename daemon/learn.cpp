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
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <stdexcept>

#include "adapters/sources/file/sample_reader.hpp"
#include "adapters/store/checkpoint/state_codec.hpp"
#include "adapters/telemetry/log.hpp"
#include "adapters/telemetry/printable.hpp"
#include "daemon/ingest_counter.hpp"
#include "daemon/pipeline.hpp"
#include "daemon/sources.hpp"
#include "daemon/status.hpp"

namespace altmind::daemon {

namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::json;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// Accuracy and mean loss of the snapshot on a finite source.
struct TestResult {
  std::uint64_t samples = 0;
  std::uint64_t rejected = 0;
  IngestCounter::ByReason reasons;
  double accuracy = 0.0;
  double loss = 0.0;  ///< regression: mean squared error per output
};

TestResult test(const Snapshot& snapshot, const adapters::SourceOptions& options) {
  TestResult result;
  const auto reader = file::open_reader(options, snapshot.spec);
  const auto refuse = [&result](std::uint64_t, const ingest::Rejection& rejection, std::string_view) {
    ++result.rejected;
    IngestCounter::Reasons& reason = result.reasons[static_cast<std::size_t>(rejection.reason)];
    if (reason.count++ == 0) reason.example = rejection.message;
  };
  const bool classes = snapshot.spec.task == Task::classification;
  for (;;) {
    Samples samples;
    if (reader->read(1000, samples, refuse) == 0) break;
    const Predictions predictions = snapshot.predict(samples);
    for (std::size_t i = 0; i < samples.count; ++i) {
      if (classes) {
        const std::string predicted = snapshot.class_name(predictions.label[i]);
        const bool named = snapshot.spec.labels == LabelKind::named;
        const bool right = named ? predicted == samples.name[i] : predictions.label[i] == samples.label[i];
        result.accuracy += right ? 1.0 : 0.0;
      } else {
        double square = 0.0;
        for (std::size_t k = 0; k < snapshot.spec.outputs; ++k) {
          const std::size_t at = i * snapshot.spec.outputs + k;
          const double error = predictions.exact[at] - samples.targets()[at];
          square += error * error;
        }
        result.loss += square / static_cast<double>(snapshot.spec.outputs);
      }
    }
    result.samples += samples.count;
  }
  if (result.samples > 0) {
    result.accuracy /= static_cast<double>(result.samples);
    result.loss /= static_cast<double>(result.samples);
  }
  return result;
}

/// One line on stderr, drawn over itself, when stderr is a terminal.
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

/// SIGINT or SIGTERM was seen: learn what is admitted, save, report. A second one ends the process.
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

/// Lets the sources run to their end, or to a signal, then drains what is admitted; draws the bar meanwhile.
/// Throws std::runtime_error when a source fails.
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

std::uint64_t peak_rss_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

/// One sentence: how much of `what` was refused, and why most of it was.
std::string refused_most(const std::string& what, std::uint64_t taken, std::uint64_t refused,
                         const IngestCounter::ByReason& reasons) {
  const auto most =
      std::max_element(reasons.begin(), reasons.end(), [](const auto& a, const auto& b) { return a.count < b.count; });
  std::string sentence = what + ": " + (taken == 0 ? "none" : "only " + std::to_string(taken)) + " of " +
                         std::to_string(taken + refused) + " records could be used";
  if (most->count == 0) return sentence;
  const auto reason = static_cast<ingest::Reason>(most - reasons.begin());
  return sentence + "; " + std::to_string(most->count) + " are " + std::string(ingest::name(reason)) +
         ", such as: " + most->example;
}

/// Batches taken, and those of them that taught nothing.
struct Batches {
  std::uint64_t all = 0;
  std::uint64_t skipped = 0;
  std::uint64_t undone = 0;
};

Batches batches_of(const Snapshot& snapshot) {
  return {snapshot.step, snapshot.skipped, snapshot.undone};
}

/// Why batches teach nothing, and what of the configuration keeps their numbers small.
std::string too_large(const LearnerOptions& learner) {
  const NormaliserOptions& features = learner.normaliser;
  const bool raw = features.kind != NormaliserKind::standardise;
  const bool raw_targets =
      learner.model.spec.task == Task::regression && features.targets != TargetScaling::standardise;
  std::string remedy = raw || raw_targets ? "[features]" : "[learning] as it is by default";
  if (raw) remedy += " normaliser = \"standardise\"";
  if (raw && raw_targets) remedy += " and";
  if (raw_targets) remedy += " targets = \"standardise\"";
  return ", because what is computed from their numbers is too large or not finite; " + remedy + " keeps it small";
}

/// Why the run has not done what it was for; nothing if it has.
/// learned: samples of this run; before, now: batches when it began and when it ended.
std::optional<std::string> shortcoming(std::uint64_t learned, const Batches& before, const Batches& now,
                                       const IngestCounter& counter, const LearnerOptions& learner, bool resumed) {
  const IngestCounter::Counts total = counter.total();
  const std::uint64_t lost = total.accepted + total.rejected - std::min(learned, total.accepted + total.rejected);
  if (learned == 0 && lost == 0) {
    if (resumed) return std::nullopt;  // there was nothing more to read
    return "the input has no records";
  }
  if (learned < lost) {
    const std::string sentence = refused_most("the input", learned, lost, counter.by_reason());
    const std::uint64_t skipped = now.skipped - before.skipped;
    if (skipped == 0) return sentence;
    return sentence + "; " + std::to_string(lost - std::min(lost, total.rejected)) + " are in " +
           std::to_string(skipped) + " batches that were left out" + too_large(learner);
  }
  const std::uint64_t undone = now.undone - before.undone;
  const std::uint64_t all = now.all - before.all;
  if (2 * undone <= all) return std::nullopt;
  return "the input: the steps of " + std::to_string(undone) + " of " + std::to_string(all) +
         " batches were undone, and nothing was learned from them" + too_large(learner);
}

/// The report as aligned text: a member a line, nested ones with a dot.
void print_text(const json& report, const std::string& prefix = "") {
  for (const auto& [key, value] : report.items()) {
    if (value.is_object()) {
      print_text(value, prefix + key + ".");
    } else {
      std::cout << std::left << std::setw(28) << prefix + key
                << (value.is_string() ? value.get<std::string>() : value.dump()) << '\n';
    }
  }
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
  PipelineOptions pipeline_options;
  pipeline_options.journal = options.journal;
  pipeline_options.cut_at_end = true;
  if (config.store.directory) {
    pipeline_options.directory = *config.store.directory;
    pipeline_options.require_empty = !options.resume;
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
  const double seconds = seconds_since(begin);
  if (pipeline.writer().failed()) return 1;
  if (pipeline.trainer().failed()) throw std::runtime_error("learning has failed: " + pipeline.trainer().failure());

  const auto snapshot = pipeline.snapshots().load();
  const bool classes = snapshot->spec.task == Task::classification;
  json report;
  report["model"] = snapshot->name;
  report["samples"] = snapshot->samples - before;
  const IngestCounter::Counts total = counter.total();
  report["rejected"] = total.rejected;
  if (total.missing.values > 0) {
    report["missing"] =
        options.json_report ? missing_of(total.missing) : json(telemetry::printable(sentence(total.missing)));
  }
  // Of a regression the first batch is not scored: there was nothing to answer from.
  const bool scored = snapshot->prequential_whole.samples > 0;
  report["prequential"] = {{"loss", scored ? json(snapshot->prequential_whole.loss) : json()}};
  if (classes) {
    const PrequentialView& whole = snapshot->prequential_whole;
    report["prequential"]["accuracy"] = whole.accuracy;
    report["prequential"]["kappa"] = whole.kappa;
    report["prequential"]["kappa_temporal"] = whole.kappa_temporal;
    report["baselines"] = {{"majority", whole.majority}, {"no_change", whole.no_change}};
  }
  for (std::size_t i = 0; i < detector_count; ++i) {
    const DetectorView& detector = snapshot->drift.detectors[i];
    if (detector.enabled) report["drift_alarms"][std::string(detector_names[i])] = detector.counts.alarms;
  }
  if (const HoldoutView& holdout = snapshot->holdout; holdout.enabled) {
    report["holdout"] = {{"concepts", holdout.concepts.size()},
                         {"accuracy", holdout.accuracy},
                         {"backward_transfer", holdout.backward_transfer}};
  }
  if (snapshot->skipped > 0) report["batches_skipped"] = snapshot->skipped;
  if (snapshot->undone > 0) report["steps_undone"] = snapshot->undone;
  if (snapshot->renewals > 0) report["renewals"] = snapshot->renewals;
  const std::uint64_t learned = snapshot->samples - before;
  std::optional<std::string> wrong;
  if (interrupted == 0) {
    wrong = shortcoming(learned, batches_before, batches_of(*snapshot), counter, config.learner, options.resume);
  }
  if (config.test) {
    const TestResult tested = test(*snapshot, *config.test);
    report["test"] = {{"samples", tested.samples}};
    if (classes) {
      report["test"]["accuracy"] = tested.accuracy;
    } else {
      report["test"]["loss"] = tested.loss;
    }
    if (tested.rejected > 0) report["test"]["rejected"] = tested.rejected;
    if (!wrong && tested.samples <= tested.rejected) {
      wrong = refused_most("the test", tested.samples, tested.rejected, tested.reasons);
    }
  }
  if (interrupted != 0) report["interrupted"] = true;
  report["seconds"] = seconds;
  report["samples_per_second"] = static_cast<double>(snapshot->samples - before) / seconds;
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
