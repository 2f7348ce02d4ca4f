// Learner options as JSON: the same sections and keys as the file, with every key present.

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "config/check.hpp"
#include "config/load.hpp"
#include "config/read_arms.hpp"
#include "config/read_columns.hpp"
#include "config/read_layers.hpp"
#include "config/read_sections.hpp"

namespace altmind::config {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::string_view document_name = "recorded learning configuration";

/// Keys of [learning] added later: recordings without them used what are now their defaults.
constexpr std::array<std::string_view, 5> later_keys = {"mu_growth", "mu_limit", "rate_halving", "rate_decay", "arms"};

Json to_json(const Value& value) {
  if (const auto* flag = std::get_if<bool>(&value.data)) return *flag;
  if (const auto* whole = std::get_if<std::uint64_t>(&value.data)) return *whole;
  if (const auto* whole = std::get_if<std::int64_t>(&value.data)) return *whole;
  if (const auto* number = std::get_if<double>(&value.data)) return *number;
  if (const auto* text = std::get_if<std::string>(&value.data)) return *text;
  Json list = Json::array();
  for (const Value& item : std::get<Value::List>(value.data)) list.push_back(to_json(item));
  return list;
}

Value from_json(const Json& json) {
  if (json.is_boolean()) return Value(json.get<bool>());
  if (json.is_number_unsigned()) return Value(json.get<std::uint64_t>());
  if (json.is_number_integer()) return Value::signed_whole(json.get<std::int64_t>());
  if (json.is_number_float()) return Value(json.get<double>());
  if (json.is_string()) return Value(json.get<std::string>());
  if (!json.is_array()) return Value(Foreign{json.is_null() ? "null" : "an object"});
  Value::List list;
  for (const Json& item : json) list.push_back(from_json(item));
  return Value(std::move(list));
}

/// Returns the tables of `name`, such as "model.layer".
std::vector<Table> read_tables(const Json& list, const std::string& name, const std::string& document) {
  std::vector<Table> tables;
  for (const Json& members : list) {
    Table table{name + '[' + std::to_string(tables.size()) + ']', document, 0, {}};
    if (!members.is_object()) fail_at(document, 0, table.name + ": must be an object");
    for (const auto& [key, value] : members.items()) table.put({key, from_json(value), document});
    tables.push_back(std::move(table));
  }
  return tables;
}

template <class Options>
Json write_tables(const std::vector<Options>& tables, const std::vector<Field<Options>>& fields) {
  Json list = Json::array();
  for (const Options& table : tables) {
    Json& members = list.emplace_back(Json::object());
    for (const auto& field : fields) {
      if (const auto value = field.write(table)) members[std::string(field.key)] = to_json(*value);
    }
  }
  return list;
}

Document read_json(const std::string& text) {
  Document document;
  document.name = document_name;
  // Limit the depth, since values are built recursively; ours are nested at most four deep.
  const auto shallow = [](int depth, Json::parse_event_t, Json&) { return depth <= 4; };
  const Json json = Json::parse(text, shallow, false);
  if (!json.is_object()) fail_at(document.name, 0, "not a JSON object");
  for (const auto& item : json.items()) {
    const std::string& name = item.key();
    const Json& members = item.value();
    const auto& sections = learner_sections();
    const bool known = std::any_of(sections.begin(), sections.end(), [&](const auto& s) { return s.name == name; });
    if (!known) fail_at(document.name, 0, toml_key(name) + ": unknown member; written by a newer version");
    if (!members.is_object()) fail_at(document.name, 0, name + ": must be an object");
    Table table{name, document.name, 0, {}};
    for (const auto& [key, value] : members.items()) {
      if (name == "features" && key == "column" && value.is_array()) {
        document.columns = read_tables(value, "features.column", document.name);
      } else if (name == "model" && key == "layer" && value.is_array()) {
        document.layers = read_tables(value, "model.layer", document.name);
      } else if (name == "learning" && key == "arms" && value.is_array()) {
        document.arms = read_tables(value, "learning.arms", document.name);
      } else {
        table.put({key, from_json(value), document.name});
      }
    }
    document.sections.push_back(std::move(table));
  }
  return document;
}

}  // namespace

std::string learner_options_to_json(const LearnerOptions& options) {
  Json json = Json::object();
  for (const auto& section : learner_sections()) {
    Json& members = json[std::string(section.name)] = Json::object();
    for (const auto& field : section.fields) {
      if (const auto value = field.write(options)) members[std::string(field.key)] = to_json(*value);
    }
  }
  const auto& columns = options.model.spec.columns;
  if (!columns.empty()) json["features"]["column"] = write_tables(columns, column_fields());
  const auto& layers = options.model.layers;
  if (!layers.empty()) json["model"]["layer"] = write_tables(layers, layer_fields());
  const auto& arms = options.learning.arms;
  if (!arms.empty()) json["learning"]["arms"] = write_tables(arms, arm_fields());
  return json.dump();
}

LearnerOptions learner_options_from_json(const std::string& text) {
  const Document document = read_json(text);
  const std::map<std::string, std::string> no_environment;
  LearnerOptions options;
  read_sections(document, learner_sections(), Reading{no_environment}, options);
  read_columns(document, Reading{no_environment}, options.model);
  read_layers(document, Reading{no_environment}, options.model);
  check_learner(options, document);
  read_arms(document, Reading{no_environment}, false, options);
  // Guessing a missing key would silently change a replay.
  for (const auto& section : learner_sections()) {
    // Records from before consolidated memory existed are of rules without it.
    if (section.name == "consolidation" && !options.self_tuned()) continue;
    const Table* table = document.section(section.name);
    for (const auto& field : section.fields) {
      if (section.name == "learning" &&
          std::find(later_keys.begin(), later_keys.end(), field.key) != later_keys.end()) {
        continue;
      }
      if (field.write(options) && (table == nullptr || table->find(field.key) == nullptr)) {
        fail_at(document.name, 0, std::string(section.name) + '.' + std::string(field.key) + ": is missing");
      }
    }
  }
  return options;
}

}  // namespace altmind::config
