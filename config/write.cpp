#include <string>

#include "config/load.hpp"
#include "config/read_arms.hpp"
#include "config/read_columns.hpp"
#include "config/read_layers.hpp"
#include "config/schema.hpp"
#include "core/step/default_arms.hpp"

namespace altmind::config {
namespace {

void write_key(std::string& out, std::string_view key, const std::optional<Value>& value) {
  if (value) out += std::string(key) + " = " + toml_text(*value) + '\n';
}

/// Writes only keys that the source uses, so that the text can be read back without errors.
void write_source(std::string& out, const adapters::SourceOptions& source, bool test) {
  for (const SourceField& field : source_fields()) {
    if (test && !field.in_test) continue;
    if (!type_reads(field, source.type) || !format_reads(field, source.type, source.format)) continue;
    write_key(out, field.field.key, field.field.write(source));
  }
}

template <class Options>
void write_tables(std::string& out, const std::string& name, const std::vector<Options>& tables,
                  const std::vector<Field<Options>>& fields) {
  for (const Options& table : tables) {
    out += "\n[[" + name + "]]\n";
    for (const auto& field : fields) write_key(out, field.key, field.write(table));
  }
}

}  // namespace

std::string to_toml(const Config& config) {
  std::string out;
  bool sources_written = false;
  const auto write_sources = [&] {
    for (const adapters::SourceOptions& source : config.sources) {
      out += "\n[[source]]\n";
      write_source(out, source, false);
    }
    if (config.test) {
      out += "\n[test]\n";
      write_source(out, *config.test, true);
    }
    sources_written = true;
  };
  for (const auto& section : config_sections()) {
    if (section.name == "http" && !sources_written) write_sources();
    if (!out.empty()) out += '\n';
    out += '[' + std::string(section.name) + "]\n";
    for (const auto& field : section.fields) write_key(out, field.key, field.write(config));
    const ModelOptions& model = config.learner.model;
    if (section.name == "features") write_tables(out, "features.column", model.spec.columns, column_fields());
    if (section.name == "model") write_tables(out, "model.layer", model.layers, layer_fields());
    if (section.name == "learning") {
      const auto& arms = config.learner.learning.arms;
      if (!arms.empty() && arms == default_arms(model)) {
        write_key(out, "arms", Value("auto"));
      } else {
        write_tables(out, "learning.arms", arms, arm_fields());
      }
    }
  }
  return out;
}

}  // namespace altmind::config
