#include "adapters/telemetry/telemetry.hpp"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "adapters/telemetry/process_metrics.hpp"

namespace altmind::telemetry {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using Buckets = Histogram::BucketBoundaries;

/// Classes with a series of their own; the others are summed as `other`, which an extra label distinguishes from a
/// class of that name.
constexpr std::size_t most_classes = 100;
constexpr std::array<const char*, 2> missing_kinds = {"missing", "odd_text"};
constexpr std::array<const char*, phase_count> phase_names = {"encode", "codes", "memory", "weights", "output"};

// Seconds. A step of a small net takes 1 ms, of a large one seconds; an fsync 0.1 to 100 ms.
const Buckets step_buckets = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5};
const Buckets append_buckets = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5};
const Buckets checkpoint_buckets = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
const Buckets request_buckets = {0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2.5, 10};

/// A series must never be NaN or infinite: keeps the last finite value.
void set(Gauge& gauge, double value) {
  if (std::isfinite(value)) gauge.Set(value);
}

/// Raises a counter to a sum that is kept elsewhere and only grows.
void raise(Counter& counter, std::uint64_t sum) {
  counter.Increment(std::max(0.0, static_cast<double>(sum) - counter.Value()));
}

}  // namespace

struct Telemetry::Impl {
  explicit Impl(const std::vector<std::string>& names) : sources(names.begin(), names.end()) {
    build_info.Add({{"version", ALTMIND_VERSION}, {"compiler", ALTMIND_COMPILER}}).Set(1);
    for (const std::string& source : sources) {
      samples_accepted.Add({{"source", source}});
      source_gaps.Add({{"source", source}});
      source_failures.Add({{"source", source}});
      for (const char* const kind : missing_kinds) missing.Add({{"source", source}, {"kind", kind}});
      for (const std::string_view reason : ingest::reason_names)
        samples_rejected.Add({{"source", source}, {"reason", std::string(reason)}});
    }
    for (std::size_t i = 0; i < phase_count; ++i)
      phases[i] = &step_duration.Add({{"phase", phase_names[i]}}, step_buckets);
    predict_requests.Add({{"code", "200"}});
    for (std::size_t i = 0; i < detector_count; ++i) {
      drift_alarms[i] = &drift.Add({{"detector", std::string(detector_names[i])}});
      drift_held_back[i] = &held_back.Add({{"detector", std::string(detector_names[i])}});
    }
  }

  /// The prequential series of one of the two windows.
  struct Prequential {
    Gauge &accuracy, &loss, &kappa, &kappa_temporal, &majority, &no_change;
  };
  Prequential prequential(const std::string& over) {
    const auto baseline = [&](const char* name) -> Gauge& {
      return baselines.Add({{"baseline", name}, {"window", over}});
    };
    return {accuracy.Add({{"window", over}}),       loss.Add({{"window", over}}), kappa.Add({{"window", over}}),
            kappa_temporal.Add({{"window", over}}), baseline("majority"),         baseline("no_change")};
  }

  /// An unannounced name would make the label unbounded; all such are `other`, distinguished from a source of that
  /// name.
  prometheus::Labels source_labels(std::string_view source) const {
    if (sources.find(source) != sources.end()) return {{"source", std::string(source)}};
    return {{"source", "other"}, {"rest", "true"}};
  }

  Family<Counter>& counters(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }
  Family<Gauge>& gauges(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
  }
  Family<Histogram>& histograms(const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
  }

  // Constant after construction; the series themselves are thread-safe.
  prometheus::Registry registry;
  std::set<std::string, std::less<>> sources;

  Family<Gauge>& build_info = gauges("altmind_build_info", "1; the labels say what was built.");
  Family<Counter>& samples_accepted =
      counters("altmind_samples_accepted_total", "Samples that are durable in the journal, by source.");
  Family<Counter>& missing =
      counters("altmind_missing_values_total",
               "Missing values of accepted samples, by source; odd_text: text in a column of numbers.");
  Family<Counter>& missing_by_column =
      counters("altmind_column_missing_values_total",
               "The same by source and column, both kinds together; of schemas with at most 100 columns.");
  Family<Counter>& samples_rejected =
      counters("altmind_samples_rejected_total", "Records refused, by source and reason.");
  Counter& samples_learned =
      counters("altmind_samples_learned_total", "Samples learned since the process started, replay left out.").Add({});
  Counter& steps = counters("altmind_steps_total", "Steps taken since the process started, replay left out.").Add({});
  Family<Histogram>& step_duration = histograms("altmind_step_duration_seconds", "Duration of a step, by phase.");
  Family<Gauge>& accuracy =
      gauges("altmind_prequential_accuracy",
             "Share predicted right before learning; window: the whole stream, or the last samples.");
  Family<Gauge>& loss =
      gauges("altmind_prequential_loss", "Mean loss before learning; window: the whole stream, or the last samples.");
  Family<Gauge>& kappa =
      gauges("altmind_prequential_kappa",
             "Cohen's kappa: accuracy beyond chance with the same class frequencies, 1 being perfect.");
  Family<Gauge>& kappa_temporal = gauges("altmind_prequential_kappa_temporal",
                                         "Accuracy beyond that of repeating the last label, 1 being perfect.");
  Family<Gauge>& baselines = gauges("altmind_baseline_accuracy", "Accuracy of predicting without features.");
  Prequential whole = prequential("whole");
  Prequential window = prequential("window");
  Family<Counter>& drift = counters("altmind_drift_alarms_total",
                                    "Times a detector found that the prequential loss had risen; part of the model's "
                                    "state, so it goes on after a restart.");
  Family<Counter>& held_back =
      counters("altmind_drift_held_back_total", "The same within a detector's cool-down, when it raises no alarm.");
  Gauge& holdout_concepts =
      gauges("altmind_holdout_concepts", "Concepts of which samples are kept and scored.").Add({});
  Gauge& holdout_average =
      gauges("altmind_holdout_average_accuracy", "Mean accuracy on the kept samples of all concepts (ACC).").Add({});
  Gauge& holdout_transfer =
      gauges("altmind_holdout_backward_transfer",
             "Mean change of the accuracy on past concepts since each ended (BWT); below 0: forgetting.")
          .Add({});
  Family<Gauge>& holdout_accuracy = gauges(
      "altmind_holdout_accuracy", "Accuracy on the kept samples of a concept; age 0 is the present, 1 the one before.");
  Family<Counter>& class_samples = counters("altmind_prequential_samples_total",
                                            "Samples scored before learning, by true class and outcome; part of the "
                                            "model's state, so it goes on after a restart.");
  Family<Gauge>& residual =
      gauges("altmind_layer_residual_ratio", "How far the codes asked to move, relative to the codes.");
  Family<Gauge>& damping = gauges("altmind_layer_damping", "Damping added to the diagonal of a layer's memory.");
  Family<Gauge>& gain = gauges("altmind_layer_gain", "Length of a layer's last self-tuned step; 0 by another rule.");
  Gauge& served_weights =
      gauges("altmind_served_weights",
             "Weights that the arm of the greatest weight serves: 0 live, 1 brief average, 2 lasting average.")
          .Add({});
  Gauge& step_fraction =
      gauges("altmind_boldness",
             "Share of the way to their targets that codes of that arm go in a self-tuned step; 0 by another rule.")
          .Add({});
  Family<Gauge>& arm_weight = gauges(
      "altmind_arm_weight", "Weight of an arm's predictions, one of the learners side by side; the weights sum to 1.");
  Family<Gauge>& arm_loss =
      gauges("altmind_arm_loss", "Mean loss of an arm on about the last 500 samples, each before it was learned.");
  Family<Counter>& consolidations = counters("altmind_consolidations_total",
                                             "Times that learned tasks became protected or were released, by action.");
  Counter& consolidated = consolidations.Add({{"action", "consolidated"}});
  Counter& announced = consolidations.Add({{"action", "announced"}});
  Counter& released = consolidations.Add({{"action", "released"}});
  Counter& yielded = consolidations.Add({{"action", "yielded"}});
  Gauge& novelty_score =
      gauges("altmind_input_unlikeness",
             "Unlikeness of recent inputs to those of the current task; about 1 while it continues, 0 if unknown.")
          .Add({});
  Family<Gauge>& weight_change =
      gauges("altmind_weight_change_ratio", "Change of a layer's weights in the last step, relative to the weights.");
  Family<Gauge>& dead = gauges("altmind_dead_units", "Units of a layer inactive for every sample of the last batch.");
  Gauge& queue_samples = gauges("altmind_queue_samples", "Samples waiting to be journalled and learned.").Add({});
  Gauge& queue_capacity = gauges("altmind_queue_capacity_samples", "Samples that may wait.").Add({});
  Family<Counter>& source_gaps =
      counters("altmind_source_gaps_total", "Times lines of a followed file may have been missed.");
  Family<Counter>& source_failures =
      counters("altmind_source_failures_total", "Times a file or stdin source has failed.");
  Counter& queue_full = counters("altmind_queue_full_total", "Times a source had to slow down.").Add({});
  Family<Counter>& predict_requests =
      counters("altmind_predict_requests_total", "Prediction requests, by HTTP status.");
  Family<Histogram>& requests = histograms("altmind_http_request_duration_seconds",
                                           "From the whole request to the whole answer, by route and HTTP status.");
  Gauge& journal_bytes = gauges("altmind_journal_bytes", "Size of the journal on disk.").Add({});
  Histogram& journal_append =
      histograms("altmind_journal_append_seconds", "Duration of an append with its fsync.").Add({}, append_buckets);
  Histogram& checkpoint_duration =
      histograms("altmind_checkpoint_duration_seconds", "Duration of a checkpoint.").Add({}, checkpoint_buckets);
  Counter& checkpoint_failures = counters("altmind_checkpoint_failures_total", "Checkpoints that failed.").Add({});
  Gauge& last_checkpoint =
      gauges("altmind_last_checkpoint_timestamp_seconds", "When the last checkpoint was saved, in seconds since 1970.")
          .Add({});
  Counter& replay_batches = counters("altmind_replay_batches_total", "Batches learned again from the journal.").Add({});
  Counter& batches_skipped =
      counters("altmind_batches_skipped_total", "Batches left out, by reason.").Add({{"reason", "not_finite"}});
  Counter& steps_undone =
      counters("altmind_steps_undone_total", "Steps undone because their result was not finite.").Add({});
  Family<Counter>& renewals = counters(
      "altmind_renewals_total", "Times a part of the model began anew because nothing could be learned, by part.");
  Counter& memory_renewed = renewals.Add({{"part", "memory"}});
  Counter& weights_renewed = renewals.Add({{"part", "weights"}});
  Gauge& unlearned =
      gauges("altmind_unlearned_batches", "Batches in a row, up to the last, that were skipped or undone.").Add({});
  Gauge& snapshot_step = gauges("altmind_snapshot_step", "Step of the model that answers predictions.").Add({});

  std::array<Histogram*, phase_count> phases{};
  std::array<Counter*, detector_count> drift_alarms{};
  std::array<Counter*, detector_count> drift_held_back{};
};

Telemetry::Telemetry(const std::vector<std::string>& sources) : impl_(std::make_unique<Impl>(sources)) {}
Telemetry::~Telemetry() = default;

void Telemetry::accepted(std::string_view source, std::size_t samples) {
  impl_->samples_accepted.Add(impl_->source_labels(source)).Increment(static_cast<double>(samples));
}

void Telemetry::missing(std::string_view source, const ingest::MissingValues& values) {
  const std::array<std::uint64_t, 2> counts = {values.values - values.odd_texts, values.odd_texts};
  prometheus::Labels labels = impl_->source_labels(source);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    labels["kind"] = missing_kinds[i];
    impl_->missing.Add(labels).Increment(static_cast<double>(counts[i]));
  }
  labels.erase("kind");
  for (const auto& [column, count] : values.columns) {
    labels["column"] = column;
    impl_->missing_by_column.Add(labels).Increment(static_cast<double>(count));
  }
}

void Telemetry::rejected(std::string_view source, const ingest::Rejection& rejection, std::string_view) {
  prometheus::Labels labels = impl_->source_labels(source);
  labels["reason"] = name(rejection.reason);
  impl_->samples_rejected.Add(labels).Increment();
}

void Telemetry::gap(std::string_view source) {
  impl_->source_gaps.Add(impl_->source_labels(source)).Increment();
}

void Telemetry::failed(std::string_view source) {
  impl_->source_failures.Add(impl_->source_labels(source)).Increment();
}

void Telemetry::queue_full(std::string_view) {
  impl_->queue_full.Increment();
}

void Telemetry::stepped(const StepReport& report, const std::array<double, phase_count>& seconds) {
  impl_->steps.Increment();
  set(impl_->snapshot_step, static_cast<double>(report.step));
  for (std::size_t i = 0; i < phase_count; ++i)
    if (std::isfinite(seconds[i])) impl_->phases[i]->Observe(seconds[i]);
  set(impl_->unlearned, static_cast<double>(report.unlearned));
  if (report.renewed == Renewal::memory) impl_->memory_renewed.Increment();
  if (report.renewed == Renewal::weights) impl_->weights_renewed.Increment();
  if (report.undone) impl_->steps_undone.Increment();
  if (report.skipped) {
    impl_->batches_skipped.Increment();
    return;
  }
  impl_->samples_learned.Increment(static_cast<double>(report.samples));
  const ArmReport* const most = leading(report.arms);
  set(impl_->served_weights, most == nullptr ? 0.0 : static_cast<double>(most->served));
  set(impl_->step_fraction, most == nullptr ? 0.0 : most->reach);
  for (std::size_t i = 0; i < report.arms.size(); ++i) {
    const prometheus::Labels labels = {{"arm", std::to_string(i + 1)}};
    set(impl_->arm_weight.Add(labels), report.arms[i].weight);
    set(impl_->arm_loss.Add(labels), report.arms[i].loss);
  }
  set(impl_->novelty_score, report.consolidation.novelty_score);
  if (report.consolidation.action == ConsolidationAction::consolidated) impl_->consolidated.Increment();
  if (report.consolidation.action == ConsolidationAction::released) impl_->released.Increment();
  if (report.consolidation.action == ConsolidationAction::yielded) impl_->yielded.Increment();
  for (std::size_t i = 0; i < report.layers.size(); ++i) {
    const LayerReport& layer = report.layers[i];
    const prometheus::Labels labels = {{"layer", i + 1 == report.layers.size() ? "output" : std::to_string(i + 1)}};
    set(impl_->residual.Add(labels), layer.residual_ratio);
    set(impl_->damping.Add(labels), layer.damping);
    set(impl_->gain.Add(labels), layer.gain);
    set(impl_->weight_change.Add(labels), layer.weight_change_ratio);
    set(impl_->dead.Add(labels), static_cast<double>(layer.dead_units));
  }
}

void Telemetry::announced() {
  impl_->announced.Increment();
}

void Telemetry::prequential(const PrequentialView& whole, const PrequentialView& window,
                            const std::vector<std::string>& class_names,
                            const std::vector<std::uint64_t>& class_samples,
                            const std::vector<std::uint64_t>& class_correct) {
  const auto show_view = [](const Impl::Prequential& series, const PrequentialView& view) {
    set(series.accuracy, view.accuracy);
    set(series.loss, view.loss);
    set(series.kappa, view.kappa);
    set(series.kappa_temporal, view.kappa_temporal);
    set(series.majority, view.majority);
    set(series.no_change, view.no_change);
  };
  show_view(impl_->whole, whole);
  show_view(impl_->window, window);
  const auto show = [&](prometheus::Labels labels, std::uint64_t samples, std::uint64_t correct) {
    labels["outcome"] = "correct";
    raise(impl_->class_samples.Add(labels), correct);
    labels["outcome"] = "wrong";
    raise(impl_->class_samples.Add(labels), samples - std::min(correct, samples));
  };
  std::uint64_t other_samples = 0;
  std::uint64_t other_correct = 0;
  for (std::size_t i = 0; i < std::min({class_names.size(), class_samples.size(), class_correct.size()}); ++i) {
    if (i < most_classes) {
      show({{"class", class_names[i]}}, class_samples[i], class_correct[i]);
    } else {
      other_samples += class_samples[i];
      other_correct += class_correct[i];
    }
  }
  if (other_samples > 0) show({{"class", "other"}, {"rest", "true"}}, other_samples, other_correct);
}

void Telemetry::drift(const DriftView& drift) {
  for (std::size_t i = 0; i < detector_count; ++i) {
    raise(*impl_->drift_alarms[i], drift.detectors[i].counts.alarms);
    raise(*impl_->drift_held_back[i], drift.detectors[i].counts.held_back);
  }
}

void Telemetry::holdout(const HoldoutView& holdout) {
  set(impl_->holdout_concepts, static_cast<double>(holdout.concepts.size()));
  if (holdout.concepts.empty()) return;
  set(impl_->holdout_average, holdout.accuracy);
  set(impl_->holdout_transfer, holdout.backward_transfer);
  for (const HoldoutView::Concept& one : holdout.concepts) {
    set(impl_->holdout_accuracy.Add({{"age", std::to_string(one.age)}}), one.accuracy);
  }
}

void Telemetry::replayed(std::uint64_t batches) {
  impl_->replay_batches.Increment(static_cast<double>(batches));
}

void Telemetry::resumed(std::uint64_t step, std::uint64_t journal_bytes, double checkpoint_unix_seconds) {
  set(impl_->snapshot_step, static_cast<double>(step));
  set(impl_->journal_bytes, static_cast<double>(journal_bytes));
  set(impl_->last_checkpoint, checkpoint_unix_seconds);
}

void Telemetry::queue(std::size_t samples, std::size_t capacity) {
  set(impl_->queue_samples, static_cast<double>(samples));
  set(impl_->queue_capacity, static_cast<double>(capacity));
}

void Telemetry::journal_appended(double seconds, std::uint64_t bytes_on_disk) {
  impl_->journal_append.Observe(seconds);
  set(impl_->journal_bytes, static_cast<double>(bytes_on_disk));
}

void Telemetry::checkpoint_saved(double seconds, double unix_seconds) {
  impl_->checkpoint_duration.Observe(seconds);
  set(impl_->last_checkpoint, unix_seconds);
}

void Telemetry::checkpoint_failed() {
  impl_->checkpoint_failures.Increment();
}

void Telemetry::request(const std::string& route, int status, double seconds) {
  const std::string code = std::to_string(status);
  impl_->requests.Add({{"route", route}, {"code", code}}, request_buckets).Observe(seconds);
  if (route == "/v1/predict" || route.ends_with("/infer")) impl_->predict_requests.Add({{"code", code}}).Increment();
}

std::string Telemetry::text() const {
  std::vector<prometheus::MetricFamily> families = impl_->registry.Collect();
  std::vector<prometheus::MetricFamily> process = process_metrics();
  std::move(process.begin(), process.end(), std::back_inserter(families));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace altmind::telemetry
