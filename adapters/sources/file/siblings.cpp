#include "adapters/sources/file/siblings.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include "adapters/sources/file/packed_file.hpp"

namespace altmind::file {

namespace {

// True if the name begins like that of the followed file and may be a part of it under an unknown scheme: path.old,
// path~, and for app.log app-monday.log.
bool related(const std::string& name, const std::filesystem::path& followed) {
  if (name.starts_with(followed.filename().string())) return true;
  const std::string stem = followed.stem().string();
  const std::string extension = followed.extension().string();
  return !extension.empty() && name.size() > stem.size() && name.starts_with(stem) &&
         std::string_view("-._").find(name[stem.size()]) != std::string_view::npos &&
         without_packing(name).ends_with(extension);
}

}  // namespace

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

std::optional<RotationRank> rank_of(std::string_view name, const std::string& base) {
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
  return RotationRank{date, date ? number : -number};
}

std::optional<SeenFile> see_file(const std::filesystem::path& path) {
  const auto time = [](const struct statx_timestamp& stamp) { return stamp.tv_sec * 1'000'000'000 + stamp.tv_nsec; };
  struct statx status {};
  if (::statx(AT_FDCWD, path.c_str(), 0, STATX_BASIC_STATS | STATX_BTIME, &status) != 0) return std::nullopt;
  const bool born = (status.stx_mask & STATX_BTIME) != 0;
  return SeenFile{status.stx_ino, status.stx_size, time(status.stx_mtime), born ? time(status.stx_btime) : 0,
                  S_ISREG(status.stx_mode)};
}

DirectoryView look_beside(const std::filesystem::path& path) {
  DirectoryView view;
  view.present = see_file(path);
  for (const std::filesystem::path& sibling : siblings(path)) {
    const std::string name = sibling.filename().string();
    if (!related(name, path)) continue;
    if (const auto seen = see_file(sibling); seen && seen->regular) {
      view.siblings.push_back({sibling, *seen, rank_of(name, path.filename().string())});
    }
  }
  return view;
}

RotationOrder order_of(const Sibling& one, const Sibling& other) {
  const auto sign = [](std::int64_t a, std::int64_t b) { return a < b ? -1 : a > b ? 1 : 0; };
  const int time = sign(one.seen.modified, other.seen.modified);
  const bool named = one.rank && other.rank && one.rank->date == other.rank->date;
  const int name = named ? sign(one.rank->value, other.rank->value) : 0;
  const bool births =
      one.seen.born != 0 && other.seen.born != 0 && !packed_by_name(one.path) && !packed_by_name(other.path);
  const int birth = births ? sign(one.seen.born, other.seen.born) : 0;
  const bool only_a_number = time == 0 && birth == 0 && name < 0 && !one.rank->date;  // counted up within one tick?
  const int sum = time + name + birth;
  if (sum != 0 && !only_a_number) return sum > 0 ? RotationOrder::after : RotationOrder::before;
  return RotationOrder::unsure;
}

bool same_names(const DirectoryView& a, const DirectoryView& b) {
  const auto names = [](const DirectoryView& view) {
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

}  // namespace altmind::file
