#pragma once
// Loads a checked Config from TOML, environment variables and --set.

#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "config/config.hpp"

namespace altmind::config {

/// what() is one sentence: file and line if known, the key, its value, and what is allowed.
class ConfigError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Overrides of the file, in order of precedence: file < environment < set.
struct Overrides {
  std::vector<std::pair<std::string, std::string>> set;  ///< --set section.key=value, in order
  std::map<std::string, std::string> environment;        ///< ALTMIND_SECTION__KEY=value, and variables for ${..}
};

/// Reads and checks a file. Unknown keys, wrong types, values out of range and keys that a source type does
/// not use are errors.
Config load_config(const std::filesystem::path& file, const Overrides& overrides);

/// Does the same for TOML text; messages use `name` as the file name.
Config parse_config(const std::string& text, const std::string& name, const Overrides& overrides);

/// Returns the embedded default configuration (config/altmind.toml).
const std::string& default_config_text();

/// Returns the effective configuration as TOML, which parse_config reads back to the same Config.
std::string to_toml(const Config& config);

/// Converts the settings that influence learning to JSON and back, as recorded in journal and checkpoints.
std::string learner_options_to_json(const LearnerOptions& options);
LearnerOptions learner_options_from_json(const std::string& text);

/// Returns why a learner with these options does not support task boundaries, as a sentence with the key, its required
/// and its actual value; empty if it does.
std::string boundary_refusal(const LearnerOptions& options);

/// Returns the environment variables of this process, for Overrides::environment.
std::map<std::string, std::string> process_environment();

}  // namespace altmind::config
