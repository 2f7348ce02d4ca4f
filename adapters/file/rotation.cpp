#include "adapters/file/rotation.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <stdexcept>
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
    OpenFile open{open_file(path.string()), path.string()};
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

// Age by name: path.3 is older than path.1, path-20240101 older than path-20240102. Nothing for other names.
std::optional<std::int64_t> rank_of(const std::string& name, const std::string& base) {
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
    return OpenFile{open_file(path), path};
  } catch (const std::system_error& error) {
    if (error.code() == std::errc::no_such_file_or_directory) return std::nullopt;
    throw;
  }
}

std::optional<OpenFile> find_moved(const std::string& path, const FileIdentity& known, std::uint64_t offset,
                                   std::int64_t modified) {
  const auto search = [&](const View&) {
    std::optional<OpenFile> copy;
    for (const std::filesystem::path& sibling : siblings(path)) {
      std::optional<OpenFile> open = open_plain(sibling);
      if (!open || size_of(open->file.get(), open->path) < offset) continue;
      if (head_of(open->file.get(), known.head_bytes, open->path) != known.head) continue;
      if (identify(open->file.get(), open->path).inode == known.inode) return open;
      const bool rotated =
          rank_of(sibling.filename().string(), std::filesystem::path(path).filename().string()).has_value();
      if (rotated && offset > 0 && modified_at(open->file.get(), open->path) >= modified) copy = std::move(open);
    }
    return copy;
  };
  // Once more: a file that a listing missed, because it was being renamed outside of what counts as rotated, is in
  // the next.
  std::optional<OpenFile> found = search_at_rest(path, search);
  return found ? std::move(found) : search_at_rest(path, search);
}

std::optional<OpenFile> find_successor(const std::string& path, std::uint64_t inode, std::int64_t modified) {
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
      std::optional<OpenFile> open = open_if_there(at->path.string());
      if (open && packing_of(open->file.get(), open->path) == Packing::none) return open;
    }
    return view.there && view.size > 0 ? open_if_there(path) : std::nullopt;
  });
}

}  // namespace altmind::file
