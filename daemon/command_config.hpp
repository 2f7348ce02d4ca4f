#pragma once
// The configuration of a command: a file, the environment and --set.

#include <string>
#include <vector>

#include "adapters/source.hpp"
#include "config/config.hpp"
#include "config/load.hpp"

namespace altmind::daemon {

/// What several commands take.
struct ConfigArguments {
  std::string file;              ///< empty: the default configuration
  std::vector<std::string> set;  ///< section.key=value
};

/// Of environment and --set. Throws config::ConfigError.
config::Overrides overrides_of(const ConfigArguments& arguments);

/// Throws config::ConfigError.
config::Config load(const ConfigArguments& arguments);

/// Throws config::ConfigError where the memory that the configuration needs is more than there is.
void check_memory(const config::Config& config);

/// The idx label file that by custom lies beside an image file. Throws config::ConfigError if the name tells none.
std::string labels_beside(const std::string& images);

/// Lets the source read `path` instead; - is stdin.
void set_paths(adapters::SourceOptions& source, const std::string& path);

}  // namespace altmind::daemon
