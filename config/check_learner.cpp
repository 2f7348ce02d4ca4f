#include "config/check.hpp"
#include "config/load.hpp"
#include "config/read_columns.hpp"
#include "config/read_layers.hpp"
#include "core/continual/consolidation.hpp"
#include "core/weights/curvature.hpp"

namespace altmind::config {
namespace {

/// Returns the section, or an empty one that messages can refer to.
Table table_of(const Document& document, std::string_view name) {
  const Table* table = document.section(name);
  return table != nullptr ? *table : Table{std::string(name), document.name, 0, {}};
}

std::string text(double number) {
  return toml_text(Value(number));
}

void check_model(const ModelOptions& model, const Table& table) {
  const bool classification = model.spec.task == Task::classification;
  if (table.find("inputs") == nullptr && model.spec.columns.empty()) {
    fail(table, "inputs",
         "is required: the number of features of a sample, a whole number from 1 to 1000000 (or name them in "
         "[[features.column]] tables)");
  }
  const std::string_view wrong = classification ? "outputs" : "max_classes";
  if (table.find(wrong) != nullptr) {
    fail(table, wrong,
         classification ? "contradicts task = \"classification\", which has max_classes instead"
                        : "contradicts task = \"regression\", which has outputs instead");
  }
  const std::string_view right = classification ? "max_classes" : "outputs";
  if (table.find(right) == nullptr) {
    fail(table, right,
         classification ? "is required: the number of classes there is room for, a whole number from 2 to 100000"
                        : "is required: the number of targets of a sample, a whole number from 1 to 100000");
  }
  const bool named = model.spec.labels == LabelKind::named;
  if (named && !classification) fail(table, "labels", "\"named\" contradicts task = \"regression\"");
  if (!named && table.find("classes") != nullptr) fail(table, "classes", "is read only with labels = \"named\"");
  if (model.classes.size() > model.spec.outputs) {
    fail(table, "classes",
         "must be at most model.max_classes (" + std::to_string(model.spec.outputs) + ") names, got " +
             std::to_string(model.classes.size()));
  }
}

void check_memory(const LearnerOptions& options, const Document& document) {
  const auto& horizon = options.memory.horizon;
  const double batch = static_cast<double>(options.learning.batch_size);
  if (options.learning.rule != Rule::am_mem || !horizon || *horizon >= batch) return;
  const Table memory = table_of(document, "memory");
  if (memory.find("horizon") != nullptr) {
    fail(memory, "horizon",
         "must be at least learning.batch_size (" + std::to_string(options.learning.batch_size) + "), got " +
             shown(memory.find("horizon")->value));
  }
  fail(table_of(document, "learning"), "batch_size",
       "must be at most memory.horizon (" + text(*horizon) + "), got " + std::to_string(options.learning.batch_size));
}

void check_schedules(const LearningOptions& learning, const Table& table) {
  if (!learning.mu_limit || *learning.mu_limit >= learning.mu) return;
  fail(table, "mu_limit", "must be at least learning.mu (" + text(learning.mu) + "), got " + text(*learning.mu_limit));
}

/// Rejects non-default values of keys that self-tuned steps ignore.
void check_self_tuned(const LearnerOptions& options, const Document& document) {
  if (!options.self_tuned()) return;
  const LearnerOptions defaults;
  const Table memory = table_of(document, "memory");
  const auto unread = [&](std::string_view key, bool is_default, const std::string& why) {
    if (!is_default) fail(memory, key, "is read only with a gain that is a number or \"none\": " + why);
  };
  unread("sweeps", options.memory.sweeps == defaults.memory.sweeps, "self-tuned steps make no sweeps");
  unread("sweep_parts", options.memory.sweep_parts == defaults.memory.sweep_parts, "self-tuned steps make no sweeps");
  unread("weight_l1", options.memory.weight_l1 == defaults.memory.weight_l1,
         "self-tuned steps have no threshold on the weights");
  unread("regressors", options.memory.regressors == defaults.memory.regressors,
         "self-tuned steps regress on the forward pass");
  if (options.gradient_output()) return;
  const Table learning = table_of(document, "learning");
  const auto output = [&](std::string_view key, bool is_default) {
    if (is_default) return;
    fail(learning, key,
         "is read only with output_rule = \"sgd\" or \"adam\": in self-tuned steps the output layer learns as the "
         "hidden layers do");
  };
  output("output_rate", options.learning.output_rate == defaults.learning.output_rate);
  output("output_at", options.learning.output_at == defaults.learning.output_at);
  output("rate_halving", !options.learning.rate_halving);
  output("rate_decay", !options.learning.rate_decay);
}

void check_features(const LearnerOptions& options, const Document& document) {
  const NormaliserOptions& normaliser = options.normaliser;
  const Table table = table_of(document, "features");
  const std::size_t inputs = options.model.spec.inputs;
  for (const auto& [key, numbers] : {std::pair("mean", &normaliser.mean), std::pair("std", &normaliser.std)}) {
    const Entry* entry = table.find(key);
    if (entry == nullptr || !std::holds_alternative<Value::List>(entry->value.data)) continue;
    if (numbers->size() != inputs) {
      fail(table, key,
           "must be a number or a list of model.inputs (" + std::to_string(inputs) + ") numbers, got " +
               std::to_string(numbers->size()) + " numbers");
    }
  }
  if (normaliser.kind == NormaliserKind::fixed) return;
  const NormaliserOptions defaults;
  const auto check = [&](std::string_view key, bool is_default) {
    if (!is_default) fail(table, key, "is read only with normaliser = \"fixed\"");
  };
  check("scale", normaliser.scale == defaults.scale);
  check("mean", normaliser.mean == defaults.mean);
  check("std", normaliser.std == defaults.std);
}

void check_evaluation(const LearnerOptions& options, const Document& document) {
  if (options.model.spec.task == Task::classification || options.evaluation.holdout_per_concept == 0) return;
  fail(table_of(document, "evaluation"), "holdout_per_concept",
       "must be 0 with task = \"regression\": what is measured is accuracy");
}

}  // namespace

void check_learner(const LearnerOptions& options, const Document& document) {
  check_model(options.model, table_of(document, "model"));
  check_memory(options, document);
  check_schedules(options.learning, table_of(document, "learning"));
  check_self_tuned(options, document);
  check_features(options, document);
  check_evaluation(options, document);
  check_columns(options, document);
  check_layers(options, document);
}

std::string boundary_refusal(const LearnerOptions& options) {
  const std::string purpose = " for a boundary to be announced, got ";
  if (const Rule rule = options.learning.rule; rule != Rule::am_mem) {
    return "learning.rule: must be \"am-mem\"" + purpose + (rule == Rule::am_sgd ? "\"am-sgd\"" : "\"am-adam\"");
  }
  if (!options.self_tuned()) {
    const Gain& gain = options.memory.gain;
    return "memory.gain: must be \"auto\"" + purpose +
           (gain.kind == Gain::Kind::none ? std::string("\"none\"") : text(gain.value));
  }
  if (!options.consolidation.enabled) return "consolidation.enabled: must be true" + purpose + "false";
  if (!options.model.all_dense()) {
    return "model.layer: must all be of type \"dense\" for a boundary to be announced: what old data used of weights "
           "that many places share is not kept";
  }
  if (!can_protect(layers_of(options.model))) {
    const bool wide = network_inputs(options.model.spec) + 1 > static_cast<std::size_t>(most_squared);
    return std::string(wide                           ? "model.inputs"
                       : options.model.layers.empty() ? "model.hidden"
                                                      : "model.layer") +
           ": a layer may have at most " + std::to_string(most_squared - 1) + " inputs for a boundary to be announced";
  }
  return {};
}

}  // namespace altmind::config
