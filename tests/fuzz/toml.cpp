// A configuration file: read and written back, or rejected with a message.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "config/load.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace altmind::config;
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    const Config config = parse_config(text, "fuzzed", {});
    if (!(parse_config(to_toml(config), "written", {}) == config)) std::abort();
  } catch (const ConfigError& refusal) {
    if (*refusal.what() == '\0') std::abort();
  }
  return 0;
}
