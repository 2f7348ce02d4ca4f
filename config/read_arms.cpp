#include "config/read_arms.hpp"

#include <sstream>

#include "config/read_sections.hpp"
#include "core/model/layer.hpp"
#include "core/step/default_arms.hpp"

namespace altmind::config {
namespace {

using Of = FieldOf<ArmOptions>;
constexpr std::uint64_t most_arms_by_number = 4;

std::vector<Field<ArmOptions>> make_fields() {
  return {Of::number("reach", [](auto& o) -> auto& { return o.reach; }, {0, 1, true}),
          Of::number("damping", [](auto& o) -> auto& { return o.damping; }, {1e-6, 1e6}),
          Of::whole(
              "fourier_features", [](auto& o) -> auto& { return o.fourier_features; }, 0, 4096),
          Of::whole(
              "seed", [](auto& o) -> auto& { return o.seed; }, 0, 1'000'000'000)};
}

bool is_auto(const Value& value) {
  const auto* word = std::get_if<std::string>(&value.data);
  return word != nullptr && *word == "auto";
}

std::uint64_t count_of(const Value& value) {
  const auto* whole = std::get_if<std::uint64_t>(&value.data);
  if (whole == nullptr || *whole < 1 || *whole > most_arms_by_number) {
    refuse("\"auto\", a whole number from 1 to " + std::to_string(most_arms_by_number) + " or [[learning.arms]] tables",
           value);
  }
  return *whole;
}

/// Throws ConfigError if several arms cannot be learned.
void check_possible(const Table& table, const LearnerOptions& options) {
  if (options.learning.arms.empty() || options.self_tuned()) return;
  fail_at(
      table.origin, table.line,
      "learning.arms: several arms are learned by self-tuned steps only: learning.rule = \"am-mem\" with memory.gain "
      "= \"auto\"");
}

/// Throws ConfigError for Fourier features that an arm cannot read.
void check_features(const Document& document, const LearnerOptions& options) {
  const std::vector<ArmOptions>& arms = options.learning.arms;
  for (std::size_t i = 0; i < arms.size(); ++i) {
    if (arms[i].fourier_features == 0) continue;
    if (i == 0) {
      fail(document.arms[0], "fourier_features",
           "must be 0 for the first arm: a data directory goes on with it, and alarms are judged on its inputs");
    }
    if (!options.model.image.empty() || !layers_of(options.model).front().dense()) {
      fail(document.arms[i], "fourier_features",
           "must be 0 unless the first layer is dense and there is no model.image");
    }
  }
}

}  // namespace

const std::vector<Field<ArmOptions>>& arm_fields() {
  static const std::vector<Field<ArmOptions>> fields = make_fields();
  return fields;
}

Field<LearnerOptions> arms_field() {
  const auto read = [](LearnerOptions&, const Value& v, const Reading&) {
    if (!is_auto(v)) count_of(v);
  };
  const auto write = [](const LearnerOptions& o) -> std::optional<Value> {
    if (!o.self_tuned() || !o.learning.arms.empty()) return std::nullopt;
    return Value(std::uint64_t{1});
  };
  return {"arms", read, write};
}

void read_arms(const Document& document, const Reading& reading, bool default_auto, LearnerOptions& options) {
  std::vector<ArmOptions>& arms = options.learning.arms;
  const Table* const learning = document.section("learning");
  const Entry* const asked = learning != nullptr ? learning->find("arms") : nullptr;
  const bool overridden = asked != nullptr && asked->origin != document.name;  // by --set or the environment
  if (!document.arms.empty() && !overridden) {
    if (asked != nullptr) {
      fail(*learning, *asked, "contradicts [[learning.arms]]: the arms are either here or there", 0, "");
    }
    if (document.arms.size() > most_listed_arms) {
      const Table& beyond = document.arms[most_listed_arms];
      fail_at(beyond.origin, beyond.line,
              "learning.arms: at most " + std::to_string(most_listed_arms) + " are possible");
    }
    for (const Table& table : document.arms) {
      read_fields(table, "learning.arms", arm_fields(), reading, arms.emplace_back());
      if (table.find("reach") == nullptr) fail(table, "reach", "is required: a number above 0, at most 1");
    }
    check_features(document, options);
    return check_possible(document.arms.front(), options);
  }
  if (asked == nullptr ? default_auto : is_auto(asked->value)) {
    if (options.self_tuned()) arms = default_arms(options.model);
    return;
  }
  if (asked == nullptr) return;
  const std::uint64_t count = count_of(asked->value);
  if (count > most_arms(options.model)) {
    fail(*learning, "arms",
         "must be at most " + std::to_string(most_arms(options.model)) + " for a network of " +
             std::to_string(network_inputs(options.model.spec)) + " inputs, got " + std::to_string(count) +
             "; more are possible as [[learning.arms]] tables");
  }
  arms = first_arms(options.model, count);
  check_possible(*learning, options);
}

std::string arms_text(const std::vector<ArmOptions>& arms) {
  std::ostringstream text;
  text << "# Learners side by side, whose predictions are mixed:\n";
  for (std::size_t i = 0; i < arms.size(); ++i) {
    text << "#   arm " << i + 1 << ": reach " << arms[i].reach;
    if (arms[i].damping != 1.0) text << ", " << arms[i].damping << " times the damping";
    if (arms[i].fourier_features > 0) text << ", " << arms[i].fourier_features << " Fourier features";
    text << '\n';
  }
  return text.str();
}

}  // namespace altmind::config
