#include "daemon/status.hpp"

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
                      {"weight_change_ratio", layer.weight_change_ratio},
                      {"dead_units", layer.dead_units}});
  }
  return layers;
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
                 {"layers", layers_of(*snapshot)},
                 {"state", {{"batches_skipped", snapshot->skipped}}},
                 {"blas", {{"kernel", blas_kernel()}}}};
  status["uptime_seconds"] = std::chrono::duration<double>(std::chrono::steady_clock::now() - inputs.started).count();

  if (!snapshot->spec.columns.empty()) status["columns"] = columns_of(*snapshot);

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
