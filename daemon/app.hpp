#pragma once
// The daemon: owns every object in construction order, starts and stops them.

#include <functional>
#include <string>

#include "config/config.hpp"

namespace altmind::daemon {

struct ServeOptions {
  bool fresh = false;                      ///< --new
  bool truncate_journal = false;           ///< --truncate-journal
  std::function<config::Config()> reload;  ///< reads the configuration again (SIGHUP); throws ConfigError
};

/// Must be called first: from then on only the signals that are meant to end the process do so (SIGTERM, SIGINT,
/// SIGQUIT and those of crashes); a SIGHUP before serve() is ready is handled then.
void take_signals();

/// Runs until SIGTERM or SIGINT. Returns the exit code. Throws what construction throws (see Pipeline), and
/// std::runtime_error if an address cannot be bound.
int serve(const config::Config& config, const ServeOptions& options);

}  // namespace altmind::daemon
