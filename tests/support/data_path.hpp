#pragma once
// Location of the public data sets: $ALTMIND_DATA, else ../shared/data beside the project.

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace altmind::test {

/// Returns a file below the data folder's parent (`data/mnist/...`, `golden/...`). If it is missing, returns nothing
/// and reports the test as skipped, or with CI=true as failed.
inline std::optional<std::filesystem::path> shared_file(const std::string& relative) {
  const char* data = std::getenv("ALTMIND_DATA");
  const std::filesystem::path folder =
      data != nullptr ? std::filesystem::path(data) : std::filesystem::path(ALTMIND_SOURCE_DIR) / "../shared/data";
  const std::filesystem::path file = folder.lexically_normal().parent_path() / relative;
  if (std::filesystem::exists(file)) return file;
  const char* ci = std::getenv("CI");
  if (ci != nullptr && std::string(ci) == "true") FAIL("missing data: " << file.string());
  MESSAGE("skipped: no " << file.string() << " (set ALTMIND_DATA)");
  return std::nullopt;
}

inline std::optional<std::filesystem::path> data_file(const std::string& relative) {
  const char* data = std::getenv("ALTMIND_DATA");
  const std::filesystem::path folder = data != nullptr ? data : "../shared/data";
  return shared_file((folder.lexically_normal().filename() / relative).string());
}

}  // namespace altmind::test
