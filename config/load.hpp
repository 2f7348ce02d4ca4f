#pragma once
// TOML, environment and --set to a checked Config.

#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "config/config.hpp"

namespace altmind::config {

/// what() is one sentence: file and line where there is one, the key, its value, what is allowed.
class ConfigError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What lies over the file: file < environment < set.
struct Overrides {
  std::vector<std::pair<std::string, std::string>> set;  ///< --set section.key=value, in order
  std::map<std::string, std::string> environment;        ///< ALTMIND_SECTION__KEY=value, and variables for ${..}
};

/// Reads and checks a file. Unknown keys, wrong types, values out of range and keys a source type does
/// not read are errors.
Config load_config(const std::filesystem::path& file, const Overrides& overrides);

/// The same for TOML text; `name` stands where messages would name the file.
Config parse_config(const std::string& text, const std::string& name, const Overrides& overrides);

/// The embedded default configuration (config/altmind.toml).
const std::string& default_config_text();

/// The effective configuration as TOML that parse_config reads back to the same Config.
std::string to_toml(const Config& config);

/// What decides learning, as JSON, and back: recorded in journal and checkpoints.
std::string learner_options_to_json(const LearnerOptions& options);
LearnerOptions learner_options_from_json(const std::string& text);

/// Why a learner of these options cannot be told of a boundary between tasks, as a sentence with the key, what it must
/// be and what it is; empty: it can.
std::string boundary_refusal(const LearnerOptions& options);

/// Variables of this process, for Overrides::environment.
std::map<std::string, std::string> process_environment();

}  // namespace altmind::config
