#pragma once
// Where the public data sets are.

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace altmind {

/// Path of `name` under $ALTMIND_DATA, else under ../shared/data beside the source tree. Nothing, and a message,
/// if it is not there: the test then has nothing to check. With CI=true in the environment missing data fails.
inline std::optional<std::filesystem::path> data_path(std::string_view name) {
  const char* given = std::getenv("ALTMIND_DATA");
  const std::filesystem::path root = std::filesystem::path(__FILE__).parent_path().parent_path().parent_path();
  const std::filesystem::path path =
      (given != nullptr ? std::filesystem::path(given) : root.parent_path() / "shared" / "data") / name;
  if (std::filesystem::exists(path)) return path;
  const char* ci = std::getenv("CI");
  if (ci != nullptr && std::string_view(ci) == "true") {
    FAIL("data is missing: " << path.string());
  } else {
    MESSAGE("skipped, data is missing: " << path.string());
  }
  return std::nullopt;
}

}  // namespace altmind
