#pragma once
// The files beside a followed one, and their age by name, modification time and birth time.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace altmind::file {

/// Returns all files in the directory of `path` except `path` itself.
std::vector<std::filesystem::path> siblings(const std::filesystem::path& path);

/// Age by name: path.3 is usually older than path.1, path-20240101 is older than path-20240102; packed or not.
struct RotationRank {
  bool date = false;  ///< else a small number
  std::int64_t value = 0;
};

/// Returns nullopt for names that are not those of rotated files.
std::optional<RotationRank> rank_of(std::string_view name, const std::string& base);

/// What the file system reports about a file.
struct SeenFile {
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified = 0;
  std::int64_t born = 0;  ///< 0: unknown
  bool regular = false;
};

/// Returns nullopt if there is no such file.
std::optional<SeenFile> see_file(const std::filesystem::path& path);

struct Sibling {
  std::filesystem::path path;
  SeenFile seen;
  std::optional<RotationRank> rank;  ///< nullopt: its name is not that of a rotated file
};

/// The files at a path and beside it.
struct DirectoryView {
  std::optional<SeenFile> present;  ///< nullopt: between a rename and the new file
  std::vector<Sibling> siblings;
};

DirectoryView look_beside(const std::filesystem::path& path);

enum class RotationOrder { before, after, unsure };

/// Returns the age of one rotated file relative to another. Names may count down or up, times may be those of a late
/// writer or a copy, birth times are not known everywhere and mean nothing for packed files: the majority decides.
RotationOrder order_of(const Sibling& one, const Sibling& other);

/// True if both have the same files under the same names, whatever was written to them.
bool same_names(const DirectoryView& a, const DirectoryView& b);

}  // namespace altmind::file
