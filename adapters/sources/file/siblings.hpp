#pragma once
// The files beside a followed one, and which of them were it before: age by name, by times of change and of birth.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace altmind::file {

/// All but `path` itself in its directory.
std::vector<std::filesystem::path> siblings(const std::filesystem::path& path);

/// Age by name: path.3 is mostly older than path.1, path-20240101 older than path-20240102; packed or not.
struct RotationRank {
  bool date = false;  ///< else a small number
  std::int64_t value = 0;
};

/// Nothing for names that are not those of rotated files.
std::optional<RotationRank> rank_of(std::string_view name, const std::string& base);

/// What the file system tells of a file.
struct SeenFile {
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified = 0;
  std::int64_t born = 0;  ///< 0: it does not tell
  bool regular = false;
};

/// Nothing for what is not there.
std::optional<SeenFile> see_file(const std::filesystem::path& path);

struct Sibling {
  std::filesystem::path path;
  SeenFile seen;
  std::optional<RotationRank> rank;  ///< nothing: its name is not that of a rotated file
};

/// What stands at a path and beside it.
struct DirectoryView {
  std::optional<SeenFile> present;  ///< nothing: between a rename and the new file
  std::vector<Sibling> siblings;
};

DirectoryView look_beside(const std::filesystem::path& path);

enum class RotationOrder { before, after, unsure };

/// Where one rotated file belongs, seen from another one. Names may count down or up, times may be those of a late
/// writer or a copy, births are not known everywhere and mean nothing once a file was packed: most of them decide.
RotationOrder order_of(const Sibling& one, const Sibling& other);

/// The same files under the same names, whatever was written into them.
bool same_names(const DirectoryView& a, const DirectoryView& b);

}  // namespace altmind::file
