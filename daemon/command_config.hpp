#pragma once
// The configuration of a command: a file, the environment and --set.

#include <string>
#include <vector>

#include "adapters/source.hpp"
#include "config/config.hpp"
#include "config/load.hpp"

namespace altmind::daemon {

/// The arguments that several commands share.
struct ConfigArguments {
  std::string file;              ///< empty: the default configuration
  std::vector<std::string> set;  ///< section.key=value
};

/// Returns the overrides by environment and --set. Throws config::ConfigError.
config::Overrides overrides_of(const ConfigArguments& arguments);

/// Loads the configuration. Throws config::ConfigError.
config::Config load(const ConfigArguments& arguments);

/// Throws config::ConfigError if the configuration needs more memory than there is.
void check_memory(const config::Config& config);

/// Returns the idx label file that by convention lies beside an image file. Throws config::ConfigError if the name does
/// not tell.
std::string labels_beside(const std::string& images);

/// Makes the source read `path` instead; - is stdin.
void set_paths(adapters::SourceOptions& source, const std::string& path);

}  // namespace altmind::daemon
