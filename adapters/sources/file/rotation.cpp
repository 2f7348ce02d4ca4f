#include "adapters/sources/file/rotation.hpp"

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <utility>
#include <vector>

#include "adapters/sources/file/packed_file.hpp"
#include "adapters/sources/file/siblings.hpp"

namespace altmind::file {
namespace {

// Files come and go during the search: one that cannot be opened counts as absent.
std::optional<OpenFile> open_plain(const std::filesystem::path& path) {
  try {
    OpenFile open{open_file(path.string()), path.string(), false};
    if (packing_of(open.file.get(), open.path) != Packing::none) return std::nullopt;
    return open;
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

/// Unpacks a packed sibling if it holds what was read up to `position`.
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
    // Not packed after all, damaged or unreadable: not a candidate.
  }
  return std::nullopt;
}

// A directory listing made while files are renamed may miss one, and a name may refer to another file by the time it is
// opened. So a result of `search` counts only if the directory looks the same afterwards.
template <class Search>
std::optional<OpenFile> search_at_rest(const std::string& path, Search search) {
  constexpr int most_looks = 1000;  // each needs another rotation within the time of one look
  DirectoryView view = look_beside(path);
  for (int i = 0; i < most_looks; ++i) {
    std::optional<OpenFile> found = search(view);
    DirectoryView after = look_beside(path);
    if (same_names(view, after)) return found;
    view = std::move(after);
  }
  return std::nullopt;
}

}  // namespace

std::optional<OpenFile> find_moved(const std::string& path, const FilePosition& position) {
  const FileIdentity& known = position.files.front();
  const std::uint64_t offset = position.offset.value_or(0);
  const std::string base = std::filesystem::path(path).filename().string();
  const auto search = [&](const DirectoryView&) {
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
  // Search again: a file that one listing missed, because it was being renamed to a name that does not count as
  // rotated, is in the next.
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

// Returns the rotated files that continue the one that was read, oldest first as far as is known.
std::vector<Sibling> newer_files(const DirectoryView& view, std::uint64_t inode, std::int64_t modified,
                                 std::string& trouble) {
  const auto self = std::find_if(view.siblings.begin(), view.siblings.end(),
                                 [&](const Sibling& file) { return inode != 0 && file.seen.inode == inode; });
  const auto order = [&](const Sibling& file) {
    if (self != view.siblings.end()) {
      const RotationOrder found = order_of(file, *self);
      return found == RotationOrder::unsure && file.seen.modified < self->seen.modified ? RotationOrder::before : found;
    }
    if (file.seen.modified != modified)
      return file.seen.modified > modified ? RotationOrder::after : RotationOrder::before;
    return packed_by_name(file.path) ? RotationOrder::before
                                     : RotationOrder::unsure;  // a packed one has the time of what was read
  };
  std::vector<Sibling> left;
  for (const Sibling& file : view.siblings) {
    if (!file.rank || file.seen.size == 0 || being_packed(file.path)) continue;
    if (file.seen.inode == inode || (view.present && file.seen.inode == view.present->inode)) continue;
    const RotationOrder found = order(file);
    if (found == RotationOrder::after) left.push_back(file);
    if (found == RotationOrder::unsure)
      add_sentence(trouble, file.path.string() + " may be newer or older than what was read");
  }
  std::vector<Sibling> sorted;
  while (!left.empty()) {
    auto oldest = left.begin();
    for (auto at = left.begin(); at != left.end(); ++at) {
      const RotationOrder found = order_of(*oldest, *at);
      const bool by_time = found == RotationOrder::unsure && oldest->seen.modified > at->seen.modified;
      if (found == RotationOrder::after || by_time) oldest = at;
    }
    for (const Sibling& file : left) {
      if (file.path == oldest->path || file.seen.modified != oldest->seen.modified) continue;
      if (order_of(*oldest, file) != RotationOrder::unsure) continue;
      add_sentence(trouble,
                   "which of " + oldest->path.string() + " and " + file.path.string() + " is older is not clear");
    }
    sorted.push_back(*oldest);
    left.erase(oldest);
  }
  return sorted;
}

// Reports files between what was read and what continues it whose names are not those of rotated files.
void tell_strangers(const DirectoryView& view, std::uint64_t inode, std::int64_t modified, const SeenFile& next,
                    std::string& trouble) {
  for (const Sibling& file : view.siblings) {
    const SeenFile& seen = file.seen;
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
  // The usual case, decided without listing the directory.
  if (const auto present = see_file(path); present && present->inode == inode) return std::nullopt;
  return search_at_rest(path, [&](const DirectoryView& view) -> std::optional<OpenFile> {
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
