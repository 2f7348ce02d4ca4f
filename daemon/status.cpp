#include "daemon/status.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "core/blas.hpp"
#include "daemon/version.hpp"

namespace altmind {

namespace {

using nlohmann::json;

json view(const PrequentialView& sums, Task task) {
  json result = {{"samples", sums.samples}, {"loss", sums.loss}};
  if (task == Task::classification) result["accuracy"] = sums.accuracy;
  return result;
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

/// Which weights answer predictions, and why.
json served_of(const Snapshot& snapshot) {
  if (snapshot.boldness == 0.0) return {{"weights", "live"}};  // fixed steps have no others
  constexpr std::array<const char*, 3> names = {"live", "brief average", "lasting average"};
  json served = {{"weights", names.at(snapshot.served)}, {"boldness", snapshot.boldness}};
  for (std::size_t i = 0; i < names.size(); ++i) served["recent_loss"][names[i]] = snapshot.recent_loss[i];
  return served;
}

json consolidation_of(const ConsolidationView& view) {
  if (!view.enabled) return {{"enabled", false}};
  return {{"enabled", true},
          {"protecting", view.protecting},
          {"regime", view.classes ? "class" : "domain"},
          {"consolidations", view.consolidations},
          {"releases", view.releases},
          {"unlikeness", view.unlikeness}};
}

}  // namespace

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
                 {"consolidation", consolidation_of(snapshot->consolidation)},
                 {"layers", layers_of(*snapshot)},
                 {"state", {{"batches_skipped", snapshot->skipped}}},
                 {"blas", {{"kernel", blas_kernel()}}}};
  status["uptime_seconds"] = std::chrono::duration<double>(std::chrono::steady_clock::now() - inputs.started).count();

  json per_class = json::array();
  for (std::uint32_t k = 0; k < snapshot->class_samples.size(); ++k) {
    if (snapshot->class_samples[k] == 0) continue;
    per_class.push_back({{"label", snapshot->class_name(k)},
                         {"samples", snapshot->class_samples[k]},
                         {"accuracy", static_cast<double>(snapshot->class_correct[k]) /
                                          static_cast<double>(snapshot->class_samples[k])}});
  }
  status["prequential"] = {{"whole", view(snapshot->prequential_whole, snapshot->spec.task)},
                           {"window", view(snapshot->prequential_window, snapshot->spec.task)},
                           {"classes", std::move(per_class)}};

  json sources = json::array();
  const auto counted = [&inputs](json source, const std::string& name) {
    const IngestCounter::Counts counts = inputs.counter.counts(name);
    source["name"] = name;
    source["accepted"] = counts.accepted;
    source["rejected"] = counts.rejected;
    return source;
  };
  for (const NamedSource& one : inputs.sources) {
    json source = json::parse(one.source->status(), nullptr, false);
    if (!source.is_object()) source = json::object();
    if (const auto failure = one.source->failure()) source["failure"] = *failure;
    sources.push_back(counted(std::move(source), one.name));
  }
  sources.push_back(counted({{"type", "http"}}, "http"));
  status["sources"] = std::move(sources);

  status["queue"] = {{"samples", inputs.pipeline.queue().samples()}, {"capacity", inputs.pipeline.queue().capacity()}};
  const Journal* journal = inputs.pipeline.journal();
  status["journal"] = {{"enabled", journal != nullptr}, {"bytes", journal != nullptr ? journal->bytes() : 0}};
  status["checkpoint"] = nullptr;
  if (const auto last = inputs.pipeline.trainer().last_checkpoint()) {
    const double age = std::chrono::duration<double>(std::chrono::system_clock::now() - last->written).count();
    status["checkpoint"] = {{"step", last->step}, {"age_seconds", age}, {"file", last->file}};
  }
  // Sources may name files whose names are not UTF-8; an answer must be.
  return status.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace altmind
