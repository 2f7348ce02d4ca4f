#include <algorithm>
#include <cstdint>
#include <limits>

#include "config/read_arms.hpp"
#include "config/schema.hpp"

namespace altmind::config {
namespace {

using Of = FieldOf<LearnerOptions>;
constexpr std::uint64_t most_inputs = 1'000'000;
constexpr std::uint64_t most_outputs = 100'000;
constexpr NumberRange positive{0, 1e6, true};
constexpr NumberRange not_negative{0, 1e6};

// The output count has two keys; which one belongs to the task is checked when the whole model is known.
Field<LearnerOptions> outputs_field(std::string_view key, Task task, std::uint64_t low) {
  return {key,
          [low](LearnerOptions& o, const Value& v, const Reading&) {
            o.model.spec.outputs = read_whole(v, low, most_outputs);
          },
          [task](const LearnerOptions& o) {
            return o.model.spec.task == task ? std::optional(Value(std::uint64_t{o.model.spec.outputs})) : std::nullopt;
          }};
}

Field<LearnerOptions> labels_field() {
  auto field = Of::choice("labels", [](auto& o) -> auto& { return o.model.spec.labels; }, {"index", "named"});
  const auto write = field.write;
  field.write = [write](const LearnerOptions& o) {
    return o.model.spec.task == Task::classification ? write(o) : std::nullopt;
  };
  return field;
}

Field<LearnerOptions> classes_field() {
  const auto read = [](LearnerOptions& o, const Value& v, const Reading&) {
    std::vector<std::string> classes;
    read_list(v, "a list of class names", [&](const Value& item) {
      constexpr std::string_view allowed = "a class name of 1 to 256 bytes";
      const std::string name = read_text(item, allowed);
      if (name.empty() || name.size() > 256) refuse(allowed, item);
      if (std::find(classes.begin(), classes.end(), name) != classes.end()) {
        throw Refusal("names a class twice: " + shown(item));
      }
      classes.push_back(name);
    });
    o.model.classes = std::move(classes);
  };
  const auto write = [](const LearnerOptions& o) -> std::optional<Value> {
    if (o.model.spec.labels != LabelKind::named) return std::nullopt;
    return Value(Value::List(o.model.classes.begin(), o.model.classes.end()));
  };
  return {"classes", read, write};
}

Field<LearnerOptions> hidden_field() {
  const auto read = [](LearnerOptions& o, const Value& v, const Reading&) {
    constexpr std::string_view allowed = "a list of 1 to 32 layer widths";
    std::vector<std::size_t> hidden;
    read_list(v, allowed, [&](const Value& item) { hidden.push_back(read_whole(item, 1, 100'000)); });
    if (hidden.empty() || hidden.size() > 32) refuse(allowed, v);
    o.model.hidden = std::move(hidden);
  };
  const auto write = [](const LearnerOptions& o) -> std::optional<Value> {
    if (!o.model.layers.empty()) return std::nullopt;
    Value::List list;
    for (const std::size_t width : o.model.hidden) list.emplace_back(std::uint64_t{width});
    return Value(std::move(list));
  };
  return {"hidden", read, write};
}

Field<LearnerOptions> image_field() {
  const auto read = [](LearnerOptions& o, const Value& v, const Reading&) {
    constexpr std::string_view allowed = "[channels, height, width], each from 1 to 100000";
    std::vector<std::size_t> image;
    read_list(v, allowed, [&](const Value& item) { image.push_back(read_whole(item, 1, 100'000)); });
    if (image.size() != 3) refuse(allowed, v);
    o.model.image = std::move(image);
  };
  const auto write = [](const LearnerOptions& o) -> std::optional<Value> {
    if (o.model.image.empty()) return std::nullopt;
    Value::List list;
    for (const std::size_t side : o.model.image) list.emplace_back(std::uint64_t{side});
    return Value(std::move(list));
  };
  return {"image", read, write};
}

/// One number for all features, or a list of one per feature.
template <class At>
Field<LearnerOptions> numbers_field(std::string_view key, At at, NumberRange range) {
  const auto read = [at, range](LearnerOptions& o, const Value& v, const Reading&) {
    std::vector<double> numbers;
    if (std::holds_alternative<Value::List>(v.data)) {
      read_list(v, "", [&](const Value& item) { numbers.push_back(read_number(item, range)); });
      if (numbers.empty()) refuse("a number, or a list of one number per feature", v);
    } else {
      numbers.push_back(read_number(v, range, ", or a list of one per feature"));
    }
    at(o) = std::move(numbers);
  };
  const auto write = [at](const LearnerOptions& o) -> std::optional<Value> {
    const auto& numbers = at(o);
    if (numbers.size() == 1) return Value(numbers.front());
    return Value(Value::List(numbers.begin(), numbers.end()));
  };
  return {key, read, write};
}

Field<LearnerOptions> gain_field() {
  const auto read = [](LearnerOptions& o, const Value& v, const Reading&) {
    const auto* word = std::get_if<std::string>(&v.data);
    if (word != nullptr && *word == "auto") {
      o.memory.gain = {};
    } else if (word != nullptr && *word == "none") {
      o.memory.gain = Gain::none();
    } else {
      o.memory.gain = Gain::fixed(read_number(v, positive, ", \"auto\" or \"none\""));
    }
  };
  const auto write = [](const LearnerOptions& o) -> std::optional<Value> {
    switch (o.memory.gain.kind) {
      case Gain::Kind::automatic:
        return Value("auto");
      case Gain::Kind::none:
        return Value("none");
      case Gain::Kind::fixed:
        break;
    }
    return Value(o.memory.gain.value);
  };
  return {"gain", read, write};
}

Section<LearnerOptions> model_section() {
  return {"model",
          {Of::text(
               "name", [](auto& o) -> auto& { return o.model.name; }, read_name),
           Of::choice("task", [](auto& o) -> auto& { return o.model.spec.task; }, {"classification", "regression"}),
           Of::whole(
               "inputs", [](auto& o) -> auto& { return o.model.spec.inputs; }, 1, most_inputs),
           outputs_field("max_classes", Task::classification, 2), outputs_field("outputs", Task::regression, 1),
           labels_field(), classes_field(), image_field(), hidden_field(),
           Of::choice("activation", [](auto& o) -> auto& { return o.model.activation; },
                      {"relu", "tanh", "identity", "sign"}),
           // The largest whole number of TOML.
           Of::whole(
               "seed", [](auto& o) -> auto& { return o.model.seed; }, 0,
               static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))}};
}

Section<LearnerOptions> learning_section() {
  return {"learning",
          {Of::choice("rule", [](auto& o) -> auto& { return o.learning.rule; }, {"am-mem", "am-sgd", "am-adam"}),
           Of::whole(
               "batch_size", [](auto& o) -> auto& { return o.learning.batch_size; }, 1, most_batch_size),
           arms_field(),
           Of::number(
               "mu", [](auto& o) -> auto& { return o.learning.mu; }, not_negative),
           Of::number(
               "mu_growth", [](auto& o) -> auto& { return o.learning.mu_growth; }, not_negative),
           Of::number_or(
               "mu_limit", [](auto& o) -> auto& { return o.learning.mu_limit; }, not_negative, "none"),
           Of::whole(
               "code_steps", [](auto& o) -> auto& { return o.learning.code_steps; }, 1, 1000),
           Of::number_or(
               "code_rate", [](auto& o) -> auto& { return o.learning.code_rate; }, positive, "auto"),
           Of::number("momentum", [](auto& o) -> auto& { return o.learning.momentum; }, {0, 1, false, true}),
           Of::choice("norm", [](auto& o) -> auto& { return o.learning.norm; }, {"exact", "power"}),
           Of::number(
               "sparsity", [](auto& o) -> auto& { return o.learning.sparsity; }, not_negative),
           Of::number(
               "local_rate", [](auto& o) -> auto& { return o.learning.local_rate; }, positive),
           Of::choice("output_rule", [](auto& o) -> auto& { return o.learning.output_rule; }, {"auto", "sgd", "adam"}),
           Of::number(
               "output_rate", [](auto& o) -> auto& { return o.learning.output_rate; }, positive),
           Of::number_or(
               "rate_halving", [](auto& o) -> auto& { return o.learning.rate_halving; }, {1, 1e15}, "never"),
           Of::number_or(
               "rate_decay", [](auto& o) -> auto& { return o.learning.rate_decay; }, {1, 1e15}, "never"),
           Of::choice("output_at", [](auto& o) -> auto& { return o.learning.output_at; }, {"forward", "updated"})}};
}

Section<LearnerOptions> memory_section() {
  return {"memory",
          {Of::number_or(
               "horizon", [](auto& o) -> auto& { return o.memory.horizon; }, {1, 1e15}, "infinite"),
           gain_field(),
           Of::number_or(
               "damping", [](auto& o) -> auto& { return o.memory.damping; }, {0, 1e12}, "auto"),
           Of::whole(
               "sweeps", [](auto& o) -> auto& { return o.memory.sweeps; }, 1, 1000),
           Of::choice("regressors", [](auto& o) -> auto& { return o.memory.regressors; }, {"forward", "updated"}),
           Of::number(
               "weight_l1", [](auto& o) -> auto& { return o.memory.weight_l1; }, not_negative),
           Of::number_or(
               "rows", [](auto& o) -> auto& { return o.memory.rows; }, {0, 1, true}, "auto"),
           Of::whole(
               "sweep_parts", [](auto& o) -> auto& { return o.memory.sweep_parts; }, 1, 1024)}};
}

Section<LearnerOptions> consolidation_section() {
  return {"consolidation",
          {Of::flag(
               "enabled", [](auto& o) -> auto& { return o.consolidation.enabled; }),
           Of::number(
               "strength", [](auto& o) -> auto& { return o.consolidation.strength; }, not_negative),
           Of::number(
               "class_strength", [](auto& o) -> auto& { return o.consolidation.class_strength; }, not_negative)}};
}

Section<LearnerOptions> features_section() {
  // The learner computes in float32: the bounds keep scale and std from underflow and overflow.
  return {
      "features",
      {Of::choice("normaliser", [](auto& o) -> auto& { return o.normaliser.kind; }, {"none", "fixed", "standardise"}),
       Of::number("scale", [](auto& o) -> auto& { return o.normaliser.scale; }, {1e-30, 1e30}),
       numbers_field("mean", [](auto& o) -> auto& { return o.normaliser.mean; }, {-1e30, 1e30}),
       numbers_field("std", [](auto& o) -> auto& { return o.normaliser.std; }, {1e-30, 1e30}),
       Of::choice("targets", [](auto& o) -> auto& { return o.normaliser.targets; }, {"none", "standardise"})}};
}

Section<LearnerOptions> drift_section() {
  return {"drift",
          {Of::flag(
               "page_hinkley", [](auto& o) -> auto& { return o.drift.page_hinkley; }),
           Of::number("page_hinkley_delta", [](auto& o) -> auto& { return o.drift.page_hinkley_delta; }, {0, 1}),
           Of::number(
               "page_hinkley_lambda", [](auto& o) -> auto& { return o.drift.page_hinkley_lambda; }, positive),
           Of::flag(
               "adwin", [](auto& o) -> auto& { return o.drift.adwin; }),
           Of::number("adwin_delta", [](auto& o) -> auto& { return o.drift.adwin_delta; }, {1e-12, 1, false, true}),
           Of::whole(
               "cooldown", [](auto& o) -> auto& { return o.drift.cooldown; }, 0, 1'000'000'000'000),
           Of::choice("reaction", [](auto& o) -> auto& { return o.drift.reaction; }, {"none", "release", "forget"})}};
}

Section<LearnerOptions> evaluation_section() {
  return {"evaluation",
          {Of::whole(
               "holdout_per_concept", [](auto& o) -> auto& { return o.evaluation.holdout_per_concept; }, 0, 10'000),
           Of::whole(
               "holdout_concepts", [](auto& o) -> auto& { return o.evaluation.holdout_concepts; }, 2, 100),
           Of::whole(
               "holdout_batches", [](auto& o) -> auto& { return o.evaluation.holdout_batches; }, 1, 1'000'000)}};
}

}  // namespace

const std::vector<Section<LearnerOptions>>& learner_sections() {
  static const std::vector<Section<LearnerOptions>> sections = {
      model_section(),    learning_section(), memory_section(),    consolidation_section(),
      features_section(), drift_section(),    evaluation_section()};
  return sections;
}

}  // namespace altmind::config
