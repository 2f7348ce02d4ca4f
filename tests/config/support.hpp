#pragma once
// Helpers to parse and to get error messages, for the tests of config/.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "config/load.hpp"

namespace altmind::test {

/// Four lines (the minimal model), so that the text after them begins on line 5.
inline const std::string least = "[model]\ninputs = 4\nmax_classes = 3\n\n";

inline config::Config parse(const std::string& text, const config::Overrides& overrides = {}) {
  return parse_config(text, "f.toml", overrides);
}

/// Returns the message of the ConfigError, or "" if there is none.
inline std::string error_of(const std::string& text, const config::Overrides& overrides = {}) {
  try {
    parse(text, overrides);
  } catch (const config::ConfigError& error) {
    return error.what();
  }
  return "";
}

inline std::string file_text(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline std::filesystem::path root() {
  return ALTMIND_ROOT;
}

}  // namespace altmind::test
