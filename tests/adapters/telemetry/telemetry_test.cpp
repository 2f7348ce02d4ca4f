#include "adapters/telemetry/telemetry.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <sstream>
#include <thread>

using namespace altmind;
using namespace altmind::ingest;
using namespace altmind::telemetry;

namespace {

/// A strict parser of the text format, written from its specification. Throws on input that a scraper rejects.
struct Exposition {
  std::map<std::string, std::string> type;
  std::set<std::string> help;
  std::map<std::string, double> value;  // by series: name{labels}

  explicit Exposition(const std::string& text) {
    REQUIRE(text.ends_with('\n'));
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
      std::istringstream words(line);
      std::string hash, kind, family;
      if (line.starts_with("# ")) {
        words >> hash >> kind >> family;
        if (kind == "HELP") {
          std::string sentence;
          std::getline(words, sentence);
          CHECK_MESSAGE(sentence.size() > 5, family);
          CHECK_MESSAGE(help.insert(family).second, family);
        } else {
          REQUIRE(kind == "TYPE");
          std::string is;
          words >> is;
          CHECK_MESSAGE(type.emplace(family, is).second, family);
        }
        continue;
      }
      const std::size_t blank = line.rfind(' ');
      const std::string series = line.substr(0, blank);
      std::string name = series.substr(0, series.find('{'));
      CHECK_MESSAGE(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos, line);
      for (const std::string suffix : {"_bucket", "_sum", "_count"})
        if (name.ends_with(suffix) && type.count(name.substr(0, name.size() - suffix.size())))
          name.resize(name.size() - suffix.size());
      CHECK_MESSAGE(type.count(name) == 1, line);
      CHECK_MESSAGE(help.count(name) == 1, line);
      if (type[name] == "counter") CHECK_MESSAGE(name.ends_with("_total"), line);
      const double number = std::stod(line.substr(blank + 1));
      CHECK_MESSAGE(std::isfinite(number), line);
      CHECK_MESSAGE(value.emplace(series, number).second, line);
    }
  }

  double at(const std::string& series) const {
    const auto found = value.find(series);
    REQUIRE_MESSAGE(found != value.end(), series);
    return found->second;
  }
};

StepReport step_report(std::uint64_t step) {
  StepReport report;
  report.step = step;
  report.samples = 200;
  report.layers = {{0.5, 30.0, false, 1.5, 0.01, 3, 100}, {0.25, 0.0, false, 0.5, 0.02, 0, 10}};
  report.arms.resize(1);
  report.arms[0].served = 2;
  report.arms[0].reach = 0.3;
  return report;
}

constexpr std::array<double, phase_count> seconds = {0.001, 0.002, 0.003, 0.004, 0.005};

}  // namespace

TEST_CASE("every series that must exist from the start does, with help and type") {
  const Exposition page(Telemetry({"http", "tcp"}).text());
  for (const char* source : {"http", "tcp"}) {
    CHECK(page.at("altmind_samples_accepted_total{source=\"" + std::string(source) + "\"}") == 0);
    for (const auto reason : reason_names)
      CHECK(page.at("altmind_samples_rejected_total{reason=\"" + std::string(reason) + "\",source=\"" + source +
                    "\"}") == 0);
  }
  for (const char* series : {"altmind_samples_learned_total",
                             "altmind_steps_total",
                             "altmind_prequential_accuracy{window=\"whole\"}",
                             "altmind_prequential_accuracy{window=\"window\"}",
                             "altmind_prequential_loss{window=\"whole\"}",
                             "altmind_prequential_loss{window=\"window\"}",
                             "altmind_prequential_kappa{window=\"whole\"}",
                             "altmind_prequential_kappa_temporal{window=\"window\"}",
                             "altmind_baseline_accuracy{baseline=\"majority\",window=\"whole\"}",
                             "altmind_baseline_accuracy{baseline=\"no_change\",window=\"window\"}",
                             "altmind_drift_alarms_total{detector=\"page_hinkley\"}",
                             "altmind_drift_alarms_total{detector=\"adwin\"}",
                             "altmind_drift_held_back_total{detector=\"adwin\"}",
                             "altmind_holdout_concepts",
                             "altmind_holdout_average_accuracy",
                             "altmind_holdout_backward_transfer",
                             "altmind_queue_samples",
                             "altmind_queue_capacity_samples",
                             "altmind_queue_full_total",
                             "altmind_predict_requests_total{code=\"200\"}",
                             "altmind_journal_bytes",
                             "altmind_journal_append_seconds_count",
                             "altmind_checkpoint_duration_seconds_count",
                             "altmind_checkpoint_failures_total",
                             "altmind_last_checkpoint_timestamp_seconds",
                             "altmind_served_weights",
                             "altmind_consolidations_total{action=\"consolidated\"}",
                             "altmind_consolidations_total{action=\"released\"}",
                             "altmind_consolidations_total{action=\"announced\"}",
                             "altmind_input_unlikeness",
                             "altmind_boldness",
                             "altmind_replay_batches_total",
                             "altmind_batches_skipped_total{reason=\"not_finite\"}",
                             "altmind_steps_undone_total",
                             "altmind_renewals_total{part=\"memory\"}",
                             "altmind_renewals_total{part=\"weights\"}",
                             "altmind_unlearned_batches",
                             "altmind_snapshot_step",
                             "altmind_step_duration_seconds_count{phase=\"codes\"}"})
    CHECK_MESSAGE(page.at(series) == 0, series);
  CHECK(page.type.count("altmind_build_info") == 1);
}

TEST_CASE("the process tells about itself") {
  const Exposition page(Telemetry({}).text());
  CHECK(page.at("process_resident_memory_bytes") > 1e6);
  CHECK(page.at("process_virtual_memory_bytes") >= page.at("process_resident_memory_bytes"));
  CHECK(page.at("process_open_fds") >= 3);
  CHECK(page.at("process_max_fds") >= page.at("process_open_fds"));
  CHECK(page.at("process_cpu_seconds_total") >= 0);
  CHECK(page.at("process_threads") >= 1);
  const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  CHECK(page.at("process_start_time_seconds") <= now + 2);
  CHECK(page.at("process_start_time_seconds") > now - 3600);
}

TEST_CASE("steps, layers and skipped batches are counted") {
  Telemetry telemetry({"http"});
  telemetry.stepped(step_report(41), seconds);
  telemetry.stepped(step_report(42), seconds);
  StepReport skipped = step_report(43);
  skipped.skipped = true;
  skipped.layers[0].residual_ratio = std::numeric_limits<double>::quiet_NaN();
  telemetry.stepped(skipped, seconds);
  StepReport broken = step_report(44);
  broken.layers[0].residual_ratio = std::numeric_limits<double>::infinity();
  telemetry.stepped(broken, seconds);
  StepReport undone = step_report(45);
  undone.undone = true;
  undone.unlearned = 100;
  undone.renewed = Renewal::memory;
  telemetry.stepped(undone, seconds);
  const Exposition page(telemetry.text());
  CHECK(page.at("altmind_steps_total") == 5);
  CHECK(page.at("altmind_samples_learned_total") == 800);
  CHECK(page.at("altmind_steps_undone_total") == 1);
  CHECK(page.at("altmind_unlearned_batches") == 100);
  CHECK(page.at("altmind_renewals_total{part=\"memory\"}") == 1);
  CHECK(page.at("altmind_renewals_total{part=\"weights\"}") == 0);
  CHECK(page.at("altmind_batches_skipped_total{reason=\"not_finite\"}") == 1);
  CHECK(page.at("altmind_snapshot_step") == 45);
  CHECK(page.at("altmind_layer_residual_ratio{layer=\"1\"}") == 0.5);
  CHECK(page.at("altmind_layer_residual_ratio{layer=\"output\"}") == 0.25);
  CHECK(page.at("altmind_layer_damping{layer=\"1\"}") == 30);
  CHECK(page.at("altmind_layer_gain{layer=\"1\"}") == 1.5);
  CHECK(page.at("altmind_layer_gain{layer=\"output\"}") == 0.5);
  CHECK(page.at("altmind_served_weights") == 2);
  CHECK(page.at("altmind_boldness") == 0.3);
  CHECK(page.at("altmind_weight_change_ratio{layer=\"output\"}") == 0.02);
  CHECK(page.at("altmind_dead_units{layer=\"1\"}") == 3);
  CHECK(page.at("altmind_step_duration_seconds_count{phase=\"output\"}") == 5);
  CHECK(page.at("altmind_step_duration_seconds_sum{phase=\"output\"}") == doctest::Approx(0.025));
}

TEST_CASE("kappa and baselines are shown by window, alarms by detector, kept concepts by age") {
  Telemetry telemetry({});
  telemetry.prequential({100, 0.9, 0.3, 0.8, 0.5, 0.6, 0.7}, {50, 0.8, 0.4, 0.7, -0.25, 0.55, 0.84}, {}, {}, {});
  DriftView drift;
  drift.detectors[0].counts = {3, 1, 500};
  drift.detectors[1].counts = {2, 0, 400};
  telemetry.drift(drift);
  drift.detectors[1].counts.alarms = 4;
  telemetry.drift(drift);
  HoldoutView holdout;
  telemetry.holdout(holdout);
  CHECK(Exposition(telemetry.text()).value.count("altmind_holdout_accuracy{age=\"0\"}") == 0);
  holdout.concepts = {{1, 7, 0, 300, 20, 0.4, 0.9}, {0, 8, 300, 0, 20, 0.8, 0.0}};
  holdout.accuracy = 0.6;
  holdout.backward_transfer = -0.5;
  telemetry.holdout(holdout);
  const Exposition page(telemetry.text());
  CHECK(page.at("altmind_prequential_kappa{window=\"whole\"}") == 0.8);
  CHECK(page.at("altmind_prequential_kappa{window=\"window\"}") == 0.7);
  CHECK(page.at("altmind_prequential_kappa_temporal{window=\"window\"}") == -0.25);
  CHECK(page.at("altmind_baseline_accuracy{baseline=\"majority\",window=\"whole\"}") == 0.6);
  CHECK(page.at("altmind_baseline_accuracy{baseline=\"no_change\",window=\"window\"}") == 0.84);
  CHECK(page.at("altmind_drift_alarms_total{detector=\"page_hinkley\"}") == 3);
  CHECK(page.at("altmind_drift_held_back_total{detector=\"page_hinkley\"}") == 1);
  CHECK(page.at("altmind_drift_alarms_total{detector=\"adwin\"}") == 4);
  CHECK(page.at("altmind_holdout_concepts") == 2);
  CHECK(page.at("altmind_holdout_accuracy{age=\"1\"}") == 0.4);
  CHECK(page.at("altmind_holdout_accuracy{age=\"0\"}") == 0.8);
  CHECK(page.at("altmind_holdout_average_accuracy") == 0.6);
  CHECK(page.at("altmind_holdout_backward_transfer") == -0.5);
}

TEST_CASE("prequential counters follow the model's sums, also from a restored state") {
  Telemetry telemetry({});
  telemetry.prequential({100, 0.9, 0.3}, {50, 0.8, 0.4}, {"cat", "do\"g"}, {60, 40}, {55, 35});
  telemetry.prequential({110, 0.91, 0.2}, {50, 0.85, 0.3}, {"cat", "do\"g"}, {65, 45}, {59, 40});
  const Exposition page(telemetry.text());
  CHECK(page.at("altmind_prequential_accuracy{window=\"whole\"}") == 0.91);
  CHECK(page.at("altmind_prequential_loss{window=\"window\"}") == 0.3);
  CHECK(page.at("altmind_prequential_samples_total{class=\"cat\",outcome=\"correct\"}") == 59);
  CHECK(page.at("altmind_prequential_samples_total{class=\"cat\",outcome=\"wrong\"}") == 6);
  CHECK(page.at("altmind_prequential_samples_total{class=\"do\\\"g\",outcome=\"wrong\"}") == 5);
}

TEST_CASE("what users call other is told from the rest, which is called so too: every sample is in one series") {
  Telemetry telemetry({"http", "other"});
  std::vector<std::string> names = {"other"};
  for (int i = 1; i < 130; ++i) names.push_back(std::string("k").append(std::to_string(i)));
  telemetry.prequential({}, {}, names, std::vector<std::uint64_t>(130, 10), std::vector<std::uint64_t>(130, 4));
  telemetry.accepted("other", 3);
  telemetry.accepted("nobody", 4);
  const Exposition page(telemetry.text());
  double sum = 0.0;
  for (const auto& [series, value] : page.value)
    if (series.starts_with("altmind_prequential_samples_total{")) sum += value;
  CHECK(sum == 1300);
  CHECK(page.at("altmind_prequential_samples_total{class=\"other\",outcome=\"correct\"}") == 4);
  CHECK(page.at("altmind_prequential_samples_total{class=\"other\",outcome=\"correct\",rest=\"true\"}") == 120);
  CHECK(page.at("altmind_samples_accepted_total{source=\"other\"}") == 3);
  CHECK(page.at("altmind_samples_accepted_total{rest=\"true\",source=\"other\"}") == 4);
}

TEST_CASE("labels are bounded: many classes and unknown sources share one series") {
  Telemetry telemetry({"http"});
  std::vector<std::string> names;
  for (int i = 0; i < 1000; ++i) names.push_back(std::string("c").append(std::to_string(i)));
  telemetry.prequential({}, {}, names, std::vector<std::uint64_t>(1000, 3), std::vector<std::uint64_t>(1000, 1));
  for (int i = 0; i < 1000; ++i) telemetry.accepted(std::string("made up ").append(std::to_string(i)), 2);
  const Exposition page(telemetry.text());
  CHECK(page.at("altmind_prequential_samples_total{class=\"c99\",outcome=\"correct\"}") == 1);
  CHECK(page.value.count("altmind_prequential_samples_total{class=\"c100\",outcome=\"correct\"}") == 0);
  CHECK(page.at("altmind_prequential_samples_total{class=\"other\",outcome=\"correct\",rest=\"true\"}") == 900);
  CHECK(page.at("altmind_prequential_samples_total{class=\"other\",outcome=\"wrong\",rest=\"true\"}") == 1800);
  CHECK(page.at("altmind_samples_accepted_total{rest=\"true\",source=\"other\"}") == 2000);
  CHECK(page.value.size() < 1000);
}

TEST_CASE("requests, the queue and the store show up under their names") {
  Telemetry telemetry({"http"});
  telemetry.request("/v1/predict", 200, 0.003);
  telemetry.request("/v2/models/{name}/infer", 400, 0.001);
  telemetry.request("/v1/ingest", 200, 0.5);
  telemetry.accepted("http", 7);
  telemetry.rejected("http", {Reason::not_finite, "x"}, "1e999");
  telemetry.queue_full("http");
  telemetry.queue(12, 20000);
  telemetry.journal_appended(0.002, 4096);
  telemetry.checkpoint_saved(0.2, 1709251199.5);
  telemetry.checkpoint_failed();
  telemetry.replayed(17);
  const Exposition page(telemetry.text());
  CHECK(page.at("altmind_predict_requests_total{code=\"200\"}") == 1);
  CHECK(page.at("altmind_predict_requests_total{code=\"400\"}") == 1);
  CHECK(page.at("altmind_http_request_duration_seconds_count{code=\"200\",route=\"/v1/ingest\"}") == 1);
  CHECK(page.at("altmind_http_request_duration_seconds_bucket{code=\"200\",route=\"/v1/predict\",le=\"0.005\"}") == 1);
  CHECK(page.at("altmind_http_request_duration_seconds_bucket{code=\"200\",route=\"/v1/predict\",le=\"0.0025\"}") == 0);
  CHECK(page.at("altmind_samples_accepted_total{source=\"http\"}") == 7);
  CHECK(page.at("altmind_samples_rejected_total{reason=\"not_finite\",source=\"http\"}") == 1);
  CHECK(page.at("altmind_queue_full_total") == 1);
  CHECK(page.at("altmind_queue_samples") == 12);
  CHECK(page.at("altmind_queue_capacity_samples") == 20000);
  CHECK(page.at("altmind_journal_bytes") == 4096);
  CHECK(page.at("altmind_last_checkpoint_timestamp_seconds") == 1709251199.5);
  CHECK(page.at("altmind_checkpoint_failures_total") == 1);
  CHECK(page.at("altmind_replay_batches_total") == 17);
}

TEST_CASE("missing values are counted by source and kind from 0 on, and by column once one is missing") {
  Telemetry telemetry({"http", "table"});
  const auto of = [](const char* kind, const char* source) {
    return std::string("altmind_missing_values_total{kind=\"") + kind + "\",source=\"" + source + "\"}";
  };
  CHECK(Exposition(telemetry.text()).at(of("odd_text", "table")) == 0);
  CHECK(Exposition(telemetry.text()).at("altmind_source_gaps_total{source=\"table\"}") == 0);
  telemetry.missing("table", {10, 3, {{"age", 7}, {"income", 3}}});
  telemetry.missing("table", {2, 0, {{"age", 2}}});
  telemetry.missing("nobody", {1, 0, {}});
  const Exposition page(telemetry.text());
  CHECK(page.at(of("missing", "table")) == 9);
  CHECK(page.at(of("odd_text", "table")) == 3);
  CHECK(page.at(of("missing", "http")) == 0);
  CHECK(page.at("altmind_missing_values_total{kind=\"missing\",rest=\"true\",source=\"other\"}") == 1);
  CHECK(page.at("altmind_column_missing_values_total{column=\"age\",source=\"table\"}") == 9);
  CHECK(page.at("altmind_column_missing_values_total{column=\"income\",source=\"table\"}") == 3);
}

TEST_CASE("gaps and failures of sources are counted from 0 on") {
  Telemetry telemetry({"log"});
  CHECK(Exposition(telemetry.text()).at("altmind_source_failures_total{source=\"log\"}") == 0);
  telemetry.failed("log");
  telemetry.gap("log");
  telemetry.gap("log");
  const Exposition page(telemetry.text());
  CHECK(page.at("altmind_source_failures_total{source=\"log\"}") == 1);
  CHECK(page.at("altmind_source_gaps_total{source=\"log\"}") == 2);
}

TEST_CASE("threads may count and read at once") {
  Telemetry telemetry({"http"});
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 3; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 500; ++i) {
          telemetry.accepted("http", 1);
          telemetry.request("/v1/predict", 200, 0.001);
        }
      });
    for (int i = 0; i < 20; ++i) CHECK(!telemetry.text().empty());
  }
  const Exposition page(telemetry.text());
  CHECK(page.at("altmind_samples_accepted_total{source=\"http\"}") == 1500);
  CHECK(page.at("altmind_predict_requests_total{code=\"200\"}") == 1500);
}
