#pragma once
// Matches paths against route patterns: literal parts, `{name}` and `{version}`.

#include <algorithm>
#include <optional>
#include <string_view>

namespace altmind::http {

/// The parts of a path that matched `{name}` and `{version}`.
struct Captured {
  std::string_view name;
  std::string_view version;
};

/// Returns the parts of `path` that match the braces of `pattern`; nullopt if the path does not match.
inline std::optional<Captured> match(std::string_view pattern, std::string_view path) {
  Captured captured;
  while (true) {
    const std::size_t pattern_end = std::min(pattern.find('/', 1), pattern.size());
    const std::size_t path_end = std::min(path.find('/', 1), path.size());
    const std::string_view expected = pattern.substr(0, pattern_end);
    const std::string_view part = path.substr(0, path_end);
    if (expected == "/{name}" && part.size() > 1) {
      captured.name = part.substr(1);
    } else if (expected == "/{version}" && part.size() > 1) {
      captured.version = part.substr(1);
    } else if (expected != part) {
      return std::nullopt;
    }
    pattern.remove_prefix(pattern_end);
    path.remove_prefix(path_end);
    if (pattern.empty() || path.empty()) break;
  }
  return pattern.empty() && path.empty() ? std::optional(captured) : std::nullopt;
}

}  // namespace altmind::http
