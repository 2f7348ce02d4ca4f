#include "adapters/file/rotation.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

namespace altmind::file {
namespace {

std::int64_t nanoseconds(const timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

// Files come and go while they are looked at: one that cannot be opened is as if it were not there.
std::optional<OpenFile> open_plain(const std::filesystem::path& path) {
  try {
    OpenFile open{open_file(path.string()), path.string(), false};
    if (packing_of(open.file.get(), open.path) != Packing::none) return std::nullopt;
    return open;
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

std::vector<std::filesystem::path> siblings(const std::filesystem::path& path) {
  std::vector<std::filesystem::path> found;
  std::error_code error;
  const std::filesystem::path directory = path.has_parent_path() ? path.parent_path() : ".";
  std::filesystem::directory_iterator at(directory, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    if (at->path().filename() != path.filename()) found.push_back(at->path());
  }
  return found;
}

/// Without the ending of a packed file.
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

/// While a file is being packed both are there, and the packed one is not whole.
bool being_packed(const std::filesystem::path& path) {
  std::error_code error;
  const std::string name = path.filename().string();
  return packed_by_name(path) && std::filesystem::exists(path.parent_path() / without_packing(name), error);
}

/// What a packed file holds, as a file without a name and with the time of the packed one. Of the first `needed_from`
/// bytes only the head is kept; the rest of them is a hole. `go_on`, asked once the head is there, may give it up.
/// Throws std::runtime_error.
template <class GoOn>
std::optional<OpenFile> unpack(const std::filesystem::path& path, std::uint64_t needed_from, GoOn go_on) {
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

/// A packed sibling that holds what was read up to `position`.
std::optional<OpenFile> unpack_moved(const std::filesystem::path& path, const FilePosition& position) {
  const FileIdentity& known = position.files.front();
  const std::uint64_t offset = position.offset.value_or(0);
  const std::uint64_t from = offset - std::min(offset, position.tail_bytes);
  try {
    std::optional<OpenFile> open = unpack(path, from, [&](const OpenFile& begun) {
      return head_of(begun.file.get(), known.head_bytes, begun.path) == known.head;
    });
    if (open && holds(position, open->file.get(), open->path)) return open;
  } catch (const std::runtime_error&) {
    // Not packed after all, damaged, or not to be read: it is none that could be gone on with.
  }
  return std::nullopt;
}

// Age by name: path.3 is older than path.1, path-20240101 older than path-20240102; packed or not. Nothing for other
// names.
std::optional<std::int64_t> rank_of(std::string_view name, const std::string& base) {
  name = without_packing(name);
  constexpr std::size_t longest_index = 4;  // more digits are a date
  if (name.size() <= base.size() + 1 || !name.starts_with(base)) return std::nullopt;
  if (name[base.size()] != '.' && name[base.size()] != '-') return std::nullopt;
  std::string digits;
  for (const char c : name.substr(base.size() + 1)) {
    if (c >= '0' && c <= '9') {
      digits += c;
    } else if (c != '-' && c != '.' && c != '_' && c != 'T') {
      return std::nullopt;
    }
  }
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || digits.empty()) return std::nullopt;
  return digits.size() <= longest_index ? -number : number;
}

struct Rotated {
  std::int64_t modified = 0;
  std::int64_t rank = 0;
  std::uint64_t inode = 0;
  std::int64_t size = 0;
  std::filesystem::path path;
};

// What stands at a path and its rotated files, oldest first.
struct View {
  bool there = false;  // something stands at the path; else: between a rename and the new file
  std::uint64_t inode = 0;
  std::int64_t size = 0;
  std::vector<Rotated> rotated;
};

View look(const std::filesystem::path& path) {
  View view;
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    view.there = true;
    view.inode = status.st_ino;
    view.size = status.st_size;
  }
  for (const std::filesystem::path& sibling : siblings(path)) {
    const auto rank = rank_of(sibling.filename().string(), path.filename().string());
    if (!rank || ::stat(sibling.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    view.rotated.push_back({nanoseconds(status.st_mtim), *rank, status.st_ino, status.st_size, sibling});
  }
  std::sort(view.rotated.begin(), view.rotated.end(), [](const Rotated& a, const Rotated& b) {
    return std::tie(a.modified, a.rank) < std::tie(b.modified, b.rank);
  });
  return view;
}

// The same files under the same names, whatever was written into them.
bool same_names(const View& a, const View& b) {
  const auto names = [](const View& view) {
    std::vector<std::pair<std::filesystem::path, std::uint64_t>> all;
    for (const Rotated& file : view.rotated) all.emplace_back(file.path, file.inode);
    std::sort(all.begin(), all.end());
    return all;
  };
  return a.there == b.there && a.inode == b.inode && names(a) == names(b);
}

// A directory that is listed while its files are renamed may miss one, and a name may mean another file by the
// time it is opened. So what `search` finds counts only if the directory looks the same afterwards.
template <class Search>
std::optional<OpenFile> search_at_rest(const std::string& path, Search search) {
  constexpr int most_looks = 1000;  // each needs another rotation within the time of one look
  View view = look(path);
  for (int i = 0; i < most_looks; ++i) {
    std::optional<OpenFile> found = search(view);
    View after = look(path);
    if (same_names(view, after)) return found;
    view = std::move(after);
  }
  return std::nullopt;
}

}  // namespace

std::int64_t modified_at(int descriptor, const std::string& path) {
  return nanoseconds(status_of(descriptor, path).st_mtim);
}

std::uint64_t size_of(int descriptor, const std::string& path) {
  return static_cast<std::uint64_t>(status_of(descriptor, path).st_size);
}

std::optional<OpenFile> open_if_there(const std::string& path) {
  try {
    return OpenFile{open_file(path), path, false};
  } catch (const std::system_error& error) {
    if (error.code() == std::errc::no_such_file_or_directory) return std::nullopt;
    throw;
  }
}

std::optional<OpenFile> find_moved(const std::string& path, const FilePosition& position) {
  const FileIdentity& known = position.files.front();
  const std::uint64_t offset = position.offset.value_or(0);
  const std::string base = std::filesystem::path(path).filename().string();
  const auto search = [&](const View&) {
    std::optional<OpenFile> copy;
    for (const std::filesystem::path& sibling : siblings(path)) {
      std::optional<OpenFile> open = open_plain(sibling);
      if (!open || !holds(position, open->file.get(), open->path)) continue;
      if (identify(open->file.get(), open->path).inode == known.inode) return open;
      const bool rotated = rank_of(sibling.filename().string(), base).has_value();
      if (rotated && offset > 0 && modified_at(open->file.get(), open->path) >= position.modified)
        copy = std::move(open);
    }
    return copy;
  };
  // Once more: a file that a listing missed, because it was being renamed outside of what counts as rotated, is in
  // the next.
  std::optional<OpenFile> found = search_at_rest(path, search);
  if (!found) found = search_at_rest(path, search);
  if (found || offset == 0) return found;
  for (const std::filesystem::path& sibling : siblings(path)) {
    if (!rank_of(sibling.filename().string(), base) || !packed_by_name(sibling) || being_packed(sibling)) continue;
    if ((found = unpack_moved(sibling, position))) return found;
  }
  return std::nullopt;
}

std::optional<OpenFile> find_successor(const std::string& path, std::uint64_t inode, std::int64_t modified,
                                       std::string& trouble) {
  struct stat status {};
  // The usual case, told without listing the directory.
  if (::stat(path.c_str(), &status) == 0 && status.st_ino == inode) return std::nullopt;
  return search_at_rest(path, [&](const View& view) -> std::optional<OpenFile> {
    if (view.there && view.inode == inode) return std::nullopt;
    const auto& rotated = view.rotated;
    const auto self = std::find_if(rotated.begin(), rotated.end(), [&](const Rotated& r) { return r.inode == inode; });
    for (auto at = self == rotated.end() ? rotated.begin() : self + 1; at != rotated.end(); ++at) {
      // Where both are known the name must agree with the time: a copy or a touched file is not a successor.
      const bool newer = self == rotated.end() ? at->modified > modified : at->rank > self->rank;
      if (!newer || at->size == 0 || (view.there && at->inode == view.inode)) continue;
      if (being_packed(at->path)) continue;
      std::optional<OpenFile> open = open_if_there(at->path.string());
      if (!open) continue;
      if (packing_of(open->file.get(), open->path) == Packing::none) return open;
      if (!packed_by_name(at->path)) continue;
      try {
        if (auto unpacked = unpack(at->path, 0, [](const OpenFile&) { return true; })) return unpacked;
      } catch (const std::runtime_error& error) {
        trouble = error.what();
      }
    }
    return view.there && view.size > 0 ? open_if_there(path) : std::nullopt;
  });
}

}  // namespace altmind::file
