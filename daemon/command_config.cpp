#include "daemon/command_config.hpp"

#include "config/document.hpp"
#include "config/memory_need.hpp"

namespace altmind::daemon {

config::Overrides overrides_of(const ConfigArguments& arguments) {
  config::Overrides overrides;
  overrides.environment = config::process_environment();
  for (const std::string& text : arguments.set) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw config::ConfigError("--set " + text + ": expected section.key=value");
    }
    overrides.set.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return overrides;
}

config::Config load(const ConfigArguments& arguments) {
  const config::Overrides overrides = overrides_of(arguments);
  if (arguments.file.empty())
    return parse_config(config::default_config_text(), "the default configuration", overrides);
  return load_config(arguments.file, overrides);
}

void check_memory(const config::Config& config) {
  config::check_memory_need(config, config::memory_limit(config));
}

std::string labels_beside(const std::string& images) {
  std::string labels = images;
  const auto replace = [&labels](const std::string& from, const std::string& to) {
    const auto at = labels.rfind(from);
    if (at == std::string::npos) return false;
    labels.replace(at, from.size(), to);
    return true;
  };
  if (!replace("images-idx3", "labels-idx1") && !replace("images", "labels")) {
    throw config::ConfigError(images + ": cannot tell its label file by its name; name both in a [[source]] table");
  }
  return labels;
}

void set_paths(adapters::SourceOptions& source, const std::string& path) {
  if (path == "-") {
    source.type = adapters::SourceType::standard_input;
    source.paths.clear();
    return;
  }
  source.type = adapters::SourceType::file;
  source.paths = {path};
  if (source.format == adapters::Format::idx) source.labels_paths = {labels_beside(path)};
}

}  // namespace altmind::daemon
