#include "adapters/sources/file/rotation.hpp"

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

// Age by name: path.3 is mostly older than path.1, path-20240101 older than path-20240102; packed or not.
struct Rank {
  bool date = false;  // else a small number
  std::int64_t value = 0;
};

// Nothing for names that are not those of rotated files.
std::optional<Rank> rank_of(std::string_view name, const std::string& base) {
  name = without_packing(name);
  constexpr std::size_t longest_index = 4;  // more digits are a date
  if (name.size() <= base.size() + 1 || !name.starts_with(base)) return std::nullopt;
  if (name[base.size()] != '.' && name[base.size()] != '-') return std::nullopt;
  std::string digits;
  for (const char c : name.substr(base.size() + 1)) {
    if (c >= '0' && c <= '9') {
      digits += c;
    } else if (std::string_view("-._:+TZ").find(c) == std::string_view::npos) {
      return std::nullopt;
    }
  }
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || digits.empty()) return std::nullopt;
  const bool date = digits.size() > longest_index;
  return Rank{date, date ? number : -number};
}

// Begins like the followed file and could be a part of it by a name that nobody knows: path.old, path~, and for app.log
// app-monday.log.
bool related(const std::string& name, const std::filesystem::path& followed) {
  if (name.starts_with(followed.filename().string())) return true;
  const std::string stem = followed.stem().string();
  const std::string extension = followed.extension().string();
  return !extension.empty() && name.size() > stem.size() && name.starts_with(stem) &&
         std::string_view("-._").find(name[stem.size()]) != std::string_view::npos &&
         without_packing(name).ends_with(extension);
}

// What the file system tells of a file.
struct Seen {
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified = 0;
  std::int64_t born = 0;  // 0: it does not tell
  bool regular = false;
};

// Nothing for what is not there.
std::optional<Seen> see(const std::filesystem::path& path) {
  const auto time = [](const struct statx_timestamp& stamp) { return stamp.tv_sec * 1'000'000'000 + stamp.tv_nsec; };
  struct statx status {};
  if (::statx(AT_FDCWD, path.c_str(), 0, STATX_BASIC_STATS | STATX_BTIME, &status) != 0) return std::nullopt;
  const bool born = (status.stx_mask & STATX_BTIME) != 0;
  return Seen{status.stx_ino, status.stx_size, time(status.stx_mtime), born ? time(status.stx_btime) : 0,
              S_ISREG(status.stx_mode)};
}

struct Sibling {
  std::filesystem::path path;
  Seen seen;
  std::optional<Rank> rank;  // nothing: its name is not that of a rotated file
};

// What stands at a path and beside it.
struct View {
  std::optional<Seen> present;  // nothing: between a rename and the new file
  std::vector<Sibling> siblings;
};

View look(const std::filesystem::path& path) {
  View view;
  view.present = see(path);
  for (const std::filesystem::path& sibling : siblings(path)) {
    const std::string name = sibling.filename().string();
    if (!related(name, path)) continue;
    if (const auto seen = see(sibling); seen && seen->regular) {
      view.siblings.push_back({sibling, *seen, rank_of(name, path.filename().string())});
    }
  }
  return view;
}

enum class Order { before, after, unsure };

// Where one rotated file belongs, seen from another one. Names may count down or up, times may be those of a late
// writer or a copy, births are not known everywhere and mean nothing once a file was packed: most of them decide.
Order order_of(const Sibling& one, const Sibling& other) {
  const auto sign = [](std::int64_t a, std::int64_t b) { return a < b ? -1 : a > b ? 1 : 0; };
  const int time = sign(one.seen.modified, other.seen.modified);
  const bool named = one.rank && other.rank && one.rank->date == other.rank->date;
  const int name = named ? sign(one.rank->value, other.rank->value) : 0;
  const bool births =
      one.seen.born != 0 && other.seen.born != 0 && !packed_by_name(one.path) && !packed_by_name(other.path);
  const int birth = births ? sign(one.seen.born, other.seen.born) : 0;
  const bool only_a_number = time == 0 && birth == 0 && name < 0 && !one.rank->date;  // counted up in one tick?
  const int sum = time + name + birth;
  if (sum != 0 && !only_a_number) return sum > 0 ? Order::after : Order::before;
  return Order::unsure;
}

// The same files under the same names, whatever was written into them.
bool same_names(const View& a, const View& b) {
  const auto names = [](const View& view) {
    std::vector<std::pair<std::filesystem::path, std::uint64_t>> all;
    for (const Sibling& file : view.siblings) {
      if (file.rank) all.emplace_back(file.path, file.seen.inode);
    }
    std::sort(all.begin(), all.end());
    return all;
  };
  return a.present.has_value() == b.present.has_value() && (!a.present || a.present->inode == b.present->inode) &&
         names(a) == names(b);
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

namespace {

void add_sentence(std::string& text, const std::string& sentence) {
  text += (text.empty() ? "" : "; ") + sentence;
}

// The rotated files that carry on after the one that was read, oldest first by all that is known.
std::vector<Sibling> newer_files(const View& view, std::uint64_t inode, std::int64_t modified, std::string& trouble) {
  const auto self = std::find_if(view.siblings.begin(), view.siblings.end(),
                                 [&](const Sibling& file) { return inode != 0 && file.seen.inode == inode; });
  const auto order = [&](const Sibling& file) {
    if (self != view.siblings.end()) {
      const Order found = order_of(file, *self);
      return found == Order::unsure && file.seen.modified < self->seen.modified ? Order::before : found;
    }
    if (file.seen.modified != modified) return file.seen.modified > modified ? Order::after : Order::before;
    return packed_by_name(file.path) ? Order::before : Order::unsure;  // packed it has the time of what was read
  };
  std::vector<Sibling> left;
  for (const Sibling& file : view.siblings) {
    if (!file.rank || file.seen.size == 0 || being_packed(file.path)) continue;
    if (file.seen.inode == inode || (view.present && file.seen.inode == view.present->inode)) continue;
    const Order found = order(file);
    if (found == Order::after) left.push_back(file);
    if (found == Order::unsure) add_sentence(trouble, file.path.string() + " may be newer or older than what was read");
  }
  std::vector<Sibling> sorted;
  while (!left.empty()) {
    auto oldest = left.begin();
    for (auto at = left.begin(); at != left.end(); ++at) {
      const Order found = order_of(*oldest, *at);
      const bool by_time = found == Order::unsure && oldest->seen.modified > at->seen.modified;
      if (found == Order::after || by_time) oldest = at;
    }
    for (const Sibling& file : left) {
      if (file.path == oldest->path || file.seen.modified != oldest->seen.modified) continue;
      if (order_of(*oldest, file) != Order::unsure) continue;
      add_sentence(trouble,
                   "which of " + oldest->path.string() + " and " + file.path.string() + " is older is not clear");
    }
    sorted.push_back(*oldest);
    left.erase(oldest);
  }
  return sorted;
}

// Files that came and went between what was read and what carries on, by names that are not those of rotated ones.
void tell_strangers(const View& view, std::uint64_t inode, std::int64_t modified, const Seen& next,
                    std::string& trouble) {
  for (const Sibling& file : view.siblings) {
    const Seen& seen = file.seen;
    if (file.rank || seen.size == 0 || seen.inode == inode || seen.inode == next.inode) continue;
    const bool births = seen.born != 0 && next.born != 0;
    const bool between = births ? seen.born >= modified && seen.modified <= next.born
                                : seen.modified > modified && seen.modified <= next.modified;
    if (between) add_sentence(trouble, file.path.string() + " came in between and has no name of a rotated file");
  }
}

}  // namespace

std::optional<OpenFile> find_successor(const std::string& path, std::uint64_t inode, std::int64_t modified,
                                       std::string& trouble) {
  // The usual case, told without listing the directory.
  if (const auto present = see(path); present && present->inode == inode) return std::nullopt;
  return search_at_rest(path, [&](const View& view) -> std::optional<OpenFile> {
    trouble.clear();
    if (view.present && view.present->inode == inode) return std::nullopt;
    for (const Sibling& file : newer_files(view, inode, modified, trouble)) {
      std::optional<OpenFile> open = open_if_there(file.path.string());
      if (!open) continue;
      if (packing_of(open->file.get(), open->path) != Packing::none) {
        if (!packed_by_name(file.path)) continue;
        try {
          open = unpack(file.path, 0, [](const OpenFile&) { return true; });
        } catch (const std::runtime_error& error) {
          add_sentence(trouble, error.what());
          continue;
        }
        if (!open) continue;
      }
      tell_strangers(view, inode, modified, file.seen, trouble);
      return open;
    }
    if (!view.present || (view.present->regular && view.present->size == 0)) return std::nullopt;
    tell_strangers(view, inode, modified, *view.present, trouble);
    return open_if_there(path);
  });
}

}  // namespace altmind::file
