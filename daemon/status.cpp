#include "daemon/status.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/linalg/blas_kernel.hpp"
#include "daemon/version.hpp"

namespace altmind::daemon {

namespace {

using nlohmann::json;

json view(const PrequentialView& sums, Task task) {
  json result = {{"samples", sums.samples}, {"loss", sums.loss}};
  if (task == Task::classification) {
    result["accuracy"] = sums.accuracy;
    result["kappa"] = sums.kappa;
    result["kappa_temporal"] = sums.kappa_temporal;
    result["baselines"] = {{"majority", sums.majority}, {"no_change", sums.no_change}};
  }
  return result;
}

std::string_view name_of(Detector detector) {
  return detector_names[static_cast<std::size_t>(detector)];
}

json drift_of(const DriftView& drift) {
  constexpr std::array<std::string_view, 3> reactions = {"none", "release", "forget"};
  json detectors = json::array();
  for (std::size_t i = 0; i < detector_count; ++i) {
    const DetectorView& one = drift.detectors[i];
    json detector = {{"detector", detector_names[i]},     {"enabled", one.enabled}, {"alarms", one.counts.alarms},
                     {"held_back", one.counts.held_back}, {"samples", one.samples}, {"statistic", one.statistic}};
    if (static_cast<Detector>(i) == Detector::page_hinkley) {
      detector["threshold"] = drift.options.page_hinkley_lambda;
    }
    detectors.push_back(std::move(detector));
  }
  json alarms = json::array();
  for (auto alarm = drift.alarms.rbegin(); alarm != drift.alarms.rend(); ++alarm) {
    const Change& change = alarm->change;
    alarms.push_back({{"detector", name_of(alarm->detector)},
                      {"step", alarm->step},
                      {"sample", alarm->sample},
                      {"since", change.since},
                      {"before", change.before},
                      {"after", change.after},
                      {"statistic", change.statistic},
                      {"threshold", change.threshold}});
  }
  return {{"reaction", reactions[static_cast<std::size_t>(drift.options.reaction)]},
          {"cooldown", drift.options.cooldown},
          {"detectors", std::move(detectors)},
          {"alarms", std::move(alarms)}};
}

json blas_view() {
  const BlasInUse& blas = blas_in_use();
  return {{"library", blas.library},
          {"version", blas.version},
          {"kernel", blas.choice.kernel},
          {"chosen_by", name_of(blas.choice.chosen_by)},
          {"reason", blas.choice.reason}};
}

/// Null while no samples are kept.
json holdout_of(const HoldoutView& holdout) {
  if (!holdout.enabled) return nullptr;
  json concepts = json::array();
  for (const HoldoutView::Concept& one : holdout.concepts) {
    json item = {{"age", one.age},   {"concept", one.number},    {"begun", one.begun},
                 {"held", one.held}, {"accuracy", one.accuracy}, {"ended", nullptr}};
    if (one.ended > 0) {
      item["ended"] = one.ended;
      item["accuracy_at_end"] = one.accuracy_at_end;
    }
    concepts.push_back(std::move(item));
  }
  return {{"scored_step", holdout.scored_step},
          {"accuracy", holdout.accuracy},
          {"backward_transfer", holdout.backward_transfer},
          {"concepts", std::move(concepts)}};
}

json layers_of(const Snapshot& snapshot) {
  json layers = json::array();
  for (std::size_t l = 0; l < snapshot.layers.size(); ++l) {
    const LayerReport& layer = snapshot.layers[l];
    layers.push_back({{"layer", l + 1},
                      {"units", layer.units},
                      {"residual_ratio", layer.residual_ratio},
                      {"damping", layer.damping},
                      {"gain", layer.gain},
                      {"weight_change_ratio", layer.weight_change_ratio},
                      {"dead_units", layer.dead_units}});
  }
  return layers;
}

constexpr std::array<const char*, 3> set_names = {"live", "brief average", "lasting average"};

/// Describes which weights of the arm of the greatest weight answer predictions, and why.
json served_of(const Snapshot& snapshot) {
  const ArmReport* const arm = leading(snapshot.arms);
  if (arm == nullptr) return {{"weights", "live"}};  // fixed steps have no others
  json served = {{"weights", set_names.at(arm->served)}, {"boldness", arm->reach}};
  for (std::size_t i = 0; i < set_names.size(); ++i) served["recent_loss"][set_names[i]] = arm->recent_loss[i];
  return served;
}

/// Lists the arms, whose predictions are mixed by their weights.
json arms_of(const Snapshot& snapshot) {
  json arms = json::array();
  for (const ArmReport& arm : snapshot.arms) {
    arms.push_back({{"arm", arms.size() + 1},
                    {"reach", arm.reach},
                    {"damping", arm.damping},
                    {"fourier_features", arm.fourier_features},
                    {"weight", arm.weight},
                    {"loss", arm.loss},
                    {"weights", set_names.at(arm.served)}});
  }
  return arms;
}

json consolidation_of(const ConsolidationView& view) {
  if (!view.enabled) return {{"enabled", false}};
  return {{"enabled", true},
          {"protecting", view.protecting},
          {"regime", view.classes ? "class" : "domain"},
          {"consolidations", view.consolidations},
          {"releases", view.releases},
          {"unlikeness", view.novelty_score}};
}

json columns_of(const Snapshot& snapshot) {
  json columns = json::array();
  for (std::size_t j = 0; j < snapshot.spec.columns.size(); ++j) {
    const Column& column = snapshot.spec.columns[j];
    json one = {{"name", column.name}, {"inputs", column.inputs()}};
    if (column.has_vocabulary()) one["categories"] = (*snapshot.categories)[j].size();
    columns.push_back(std::move(one));
  }
  return columns;
}

/// Lists the classes that have had samples.
json classes_of(const Snapshot& snapshot) {
  json classes = json::array();
  for (std::uint32_t k = 0; k < snapshot.class_samples.size(); ++k) {
    if (snapshot.class_samples[k] == 0) continue;
    classes.push_back({{"label", snapshot.class_name(k)},
                       {"samples", snapshot.class_samples[k]},
                       {"accuracy", static_cast<double>(snapshot.class_correct[k]) /
                                        static_cast<double>(snapshot.class_samples[k])}});
  }
  return classes;
}

json checkpoint_of(const Trainer& trainer) {
  const auto last = trainer.last_checkpoint();
  if (!last) return nullptr;
  const double age = std::chrono::duration<double>(std::chrono::system_clock::now() - last->written).count();
  return {{"step", last->step}, {"age_seconds", age}, {"file", last->file}};
}

/// Returns each source's own status with its counts. `schema`: there are columns, which may have missing values.
json sources_of(const StatusInputs& inputs, bool schema) {
  json sources = json::array();
  const auto counted = [&inputs, schema](json source, const std::string& name) {
    const IngestCounter::Counts counts = inputs.counter.counts(name);
    source["name"] = name;
    source["accepted"] = counts.accepted;
    source["rejected"] = counts.rejected;
    if (schema) source["missing"] = missing_of(counts.missing);
    return source;
  };
  for (const SourceStatus& one : inputs.sources) {
    json source = json::parse(one.json, nullptr, false);
    if (!source.is_object()) source = json::object();
    if (one.failure) source["failure"] = *one.failure;
    sources.push_back(counted(std::move(source), one.name));
  }
  sources.push_back(counted({{"type", "http"}}, "http"));
  return sources;
}

}  // namespace

nlohmann::json missing_of(const ingest::MissingValues& missing) {
  json counts = {{"values", missing.values}, {"odd_texts", missing.odd_texts}, {"columns", json::object()}};
  for (const auto& [name, count] : missing.columns) counts["columns"][name] = count;
  return counts;
}

std::vector<SourceStatus> status_of(const std::vector<NamedSource>& sources) {
  std::vector<SourceStatus> all;
  for (const NamedSource& one : sources) all.push_back({one.name, one.source->status(), one.source->failure()});
  return all;
}

std::string status_json(const StatusInputs& inputs) {
  const auto snapshot = inputs.pipeline.snapshots().load();
  const bool classes = snapshot->spec.task == Task::classification;
  json status = {{"name", snapshot->name},
                 {"version", version},
                 {"task", classes ? "classification" : "regression"},
                 {"inputs", snapshot->spec.inputs},
                 {"outputs", snapshot->spec.outputs},
                 {"hidden", snapshot->hidden},
                 {"step", snapshot->step},
                 {"samples", snapshot->samples},
                 {"sequence", snapshot->sequence},
                 {"ready", inputs.ready},
                 {"samples_per_second", inputs.pipeline.trainer().samples_per_second()},
                 {"served", served_of(*snapshot)},
                 {"arms", arms_of(*snapshot)},
                 {"consolidation", consolidation_of(snapshot->consolidation)},
                 {"layers", layers_of(*snapshot)},
                 {"state",
                  {{"batches_skipped", snapshot->skipped},
                   {"steps_undone", snapshot->undone},
                   {"unlearned_batches", snapshot->unlearned},
                   {"renewals", snapshot->renewals}}},
                 {"blas", blas_view()}};
  status["uptime_seconds"] = std::chrono::duration<double>(std::chrono::steady_clock::now() - inputs.started).count();

  if (!snapshot->spec.columns.empty()) status["columns"] = columns_of(*snapshot);

  status["prequential"] = {{"whole", view(snapshot->prequential_whole, snapshot->spec.task)},
                           {"window", view(snapshot->prequential_window, snapshot->spec.task)},
                           {"classes", classes_of(*snapshot)}};
  status["drift"] = drift_of(snapshot->drift);
  status["holdout"] = holdout_of(snapshot->holdout);

  status["sources"] = sources_of(inputs, !snapshot->spec.columns.empty());

  status["queue"] = {{"samples", inputs.pipeline.queue().samples()}, {"capacity", inputs.pipeline.queue().capacity()}};
  const store::Journal* journal = inputs.pipeline.journal();
  status["journal"] = {{"enabled", journal != nullptr}, {"bytes", journal != nullptr ? journal->bytes() : 0}};
  status["checkpoint"] = checkpoint_of(inputs.pipeline.trainer());
  // Sources may name files whose names are not UTF-8; an answer must be.
  return status.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace altmind::daemon
