#pragma once
// altmind learn: turns its arguments into the configuration, and learns.

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/command_config.hpp"
#include "daemon/learn.hpp"

namespace altmind::daemon {

struct LearnArguments {
  ConfigArguments config;
  std::string data;
  std::string label;
  std::string task;
  std::string write_config;
  std::string input;
  std::string test;
  std::optional<std::uint64_t> epochs;
  std::optional<std::uint64_t> seed;
  bool offline = false;
  std::string report = "text";
  LearnOptions options;
};

/// Returns the exit code. Throws config::ConfigError and what learn() throws.
int run_learn(const LearnArguments& arguments);

}  // namespace altmind::daemon
