#pragma once
// altmind learn: runs a finite input through the same pipeline, without network.

#include <optional>
#include <string>

#include "config/config.hpp"

namespace altmind::daemon {

struct LearnOptions {
  bool resume = false;       ///< continue from what store.directory holds
  bool journal = false;      ///< write the journal too
  bool json_report = false;  ///< --report json
};

/// Learns every finite source of `config` to its end, tests on config.test, prints the report on stdout. Returns the
/// exit code: 1, with a sentence on stderr, also if less than half of the records could be learned, or used by the
/// test. Throws std::invalid_argument if there is no finite source (exit code 2), else what Pipeline throws.
int learn(const config::Config& config, const LearnOptions& options);

}  // namespace altmind::daemon
