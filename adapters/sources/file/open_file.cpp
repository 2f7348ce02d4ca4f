#include "adapters/sources/file/open_file.hpp"

#include <sys/stat.h>

#include <system_error>

namespace altmind::file {

std::optional<OpenFile> open_if_there(const std::string& path) {
  try {
    return OpenFile{open_file(path), path, false};
  } catch (const std::system_error& error) {
    if (error.code() == std::errc::no_such_file_or_directory) return std::nullopt;
    throw;
  }
}

std::int64_t modified_at(int descriptor, const std::string& path) {
  const timespec time = status_of(descriptor, path).st_mtim;
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

std::uint64_t size_of(int descriptor, const std::string& path) {
  return static_cast<std::uint64_t>(status_of(descriptor, path).st_size);
}

}  // namespace altmind::file
