#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "config/memory_need.hpp"

namespace altmind::config {

namespace {

/// Returns the number in a file of a control group; nothing for "max" or a missing file.
std::optional<std::uint64_t> number_in(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::uint64_t number = 0;
  if (in >> number) return number;
  return std::nullopt;
}

/// Returns the least limit of the control groups of the process.
std::optional<std::uint64_t> control_group_limit() {
  const std::filesystem::path root = "/sys/fs/cgroup";
  std::optional<std::uint64_t> least;
  const auto take = [&least](const std::filesystem::path& file) {
    const auto found = number_in(file);
    if (found && (!least || *found < *least)) least = found;
  };
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const bool second = line.starts_with("0::");
    const bool first = line.find(":memory:") != std::string::npos;
    if (!second && !first) continue;
    const std::string path = line.substr(line.rfind(':') + 1);
    const char* const name = second ? "memory.max" : "memory.limit_in_bytes";
    const std::filesystem::path top = second ? root : root / "memory";
    for (std::filesystem::path group = std::filesystem::path(path).relative_path();; group = group.parent_path()) {
      take(top / group / name);
      if (group.empty()) break;
    }
  }
  return least;
}

}  // namespace

MemoryLimit memory_limit(const Config& config) {
  const auto pages = sysconf(_SC_PHYS_PAGES);
  const auto page = sysconf(_SC_PAGESIZE);
  MemoryLimit least{static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page), "the machine has"};
  const auto take = [&least](std::uint64_t bytes, const char* name) {
    if (bytes < least.bytes) least = {bytes, name};
  };
  if (const auto group = control_group_limit()) take(*group, "the control group allows");
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    take(limit.rlim_cur, "the address space may be (ulimit -v)");
  }
  if (getrlimit(RLIMIT_DATA, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    take(limit.rlim_cur, "the data segment may be (ulimit -d)");
  }
  if (config.memory_limit) take(*config.memory_limit, "limits.memory allows");
  return least;
}

}  // namespace altmind::config
