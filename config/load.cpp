#include "config/load.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "config/apply_overrides.hpp"
#include "config/check.hpp"
#include "config/read_columns.hpp"
#include "config/read_sections.hpp"
#include "config/read_source.hpp"
#include "config/schema.hpp"

namespace altmind::config {

Config parse_config(const std::string& text, const std::string& name, const Overrides& overrides) {
  Document document = read_toml(text, name);
  apply_overrides(overrides, document);
  const Reading reading{overrides.environment};

  Config config;
  read_sections(document, config_sections(), reading, config);
  read_columns(document, reading, config.learner.model);
  check_learner(config.learner, document);

  adapters::SourceOptions defaults;
  defaults.seed = config.learner.model.seed;
  const auto names = source_names(document.sources);
  for (std::size_t i = 0; i < document.sources.size(); ++i) {
    defaults.name = names[i];
    config.sources.push_back(read_source(document.sources[i], reading, defaults));
    check_source(config.sources.back(), document.sources[i], config.learner.model);
  }
  if (document.test) {
    defaults.name = "test";
    config.test = read_test(*document.test, reading, defaults);
    check_source(*config.test, *document.test, config.learner.model);
  }
  check_config(config, document);
  return config;
}

Config load_config(const std::filesystem::path& file, const Overrides& overrides) {
  constexpr std::uintmax_t largest = 64u << 20;
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) throw ConfigError(file.string() + ": is a directory, not a file");
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  if (!in) throw ConfigError(file.string() + ": cannot be read: " + std::strerror(errno));
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  if (!error && size > largest) throw ConfigError(file.string() + ": is larger than 64 MiB: not a configuration");
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (in.bad()) throw ConfigError(file.string() + ": cannot be read: " + std::strerror(errno));
  return parse_config(text, file.string(), overrides);
}

std::map<std::string, std::string> process_environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view line = *entry;
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    variables.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  return variables;
}

}  // namespace altmind::config
