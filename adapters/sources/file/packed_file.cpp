#include "adapters/sources/file/packed_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "adapters/sources/file/position.hpp"

namespace altmind::file {

std::string_view without_packing(std::string_view name) {
  for (const std::string_view ending : {".gz", ".xz"}) {
    if (name.size() > ending.size() && name.ends_with(ending)) return name.substr(0, name.size() - ending.size());
  }
  return name;
}

bool packed_by_name(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  return without_packing(name).size() < name.size();
}

bool being_packed(const std::filesystem::path& path) {
  std::error_code error;
  const std::string name = path.filename().string();
  return packed_by_name(path) && std::filesystem::exists(path.parent_path() / without_packing(name), error);
}

std::optional<OpenFile> unpack(const std::filesystem::path& path, std::uint64_t needed_from,
                               const std::function<bool(const OpenFile&)>& go_on) {
  constexpr std::uint64_t head = FileIdentity::most_head_bytes;
  const auto bytes = open_bytes(path.string());
  if (bytes->packing() == Packing::none) return std::nullopt;
  const std::string directory = std::filesystem::temp_directory_path().string();
  OpenFile open{FileDescriptor(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)), path.string(), true};
  if (!open.file) {
    throw std::runtime_error(open.path + ": cannot be unpacked into " + directory + ": " +
                             std::generic_category().message(errno));
  }
  std::vector<char> chunk(256 * 1024);
  std::uint64_t at = 0;
  bool asked = false;
  while (const std::size_t got = bytes->read(chunk)) {
    for (std::size_t done = 0; done < got;) {
      const std::uint64_t from = at + done;
      std::uint64_t most = got - done;
      if (from < head) {
        most = std::min(most, head - from);
      } else if (from < needed_from) {
        done += static_cast<std::size_t>(std::min(most, needed_from - from));
        continue;
      }
      const ssize_t written =
          ::pwrite(open.file.get(), chunk.data() + done, static_cast<std::size_t>(most), static_cast<off_t>(from));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) {
        throw std::runtime_error(open.path + ": cannot be unpacked into " + directory + ": " +
                                 std::generic_category().message(errno));
      }
      done += static_cast<std::size_t>(written);
    }
    at += got;
    if (!asked && at >= head) {
      asked = true;
      if (!go_on(open)) return std::nullopt;
    }
  }
  if (::ftruncate(open.file.get(), static_cast<off_t>(at)) != 0) return std::nullopt;
  const struct stat status = status_of(bytes->descriptor(), open.path);
  const std::array<timespec, 2> times = {status.st_mtim, status.st_mtim};
  ::futimens(open.file.get(), times.data());
  return open;
}

}  // namespace altmind::file
