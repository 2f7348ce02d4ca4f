#pragma once
// Finds the other parts of a rotated file among the files beside it.

#include <cstdint>
#include <optional>
#include <string>

#include "adapters/sources/file/open_file.hpp"
#include "adapters/sources/file/position.hpp"

namespace altmind::file {

/// Opens a file beside `path` that holds what was read up to `position`: the same file under any other name, else a
/// copy of it with the name of a rotated file, made when it was last read or later (copytruncate), else a packed file
/// with such a name (path.1.gz), unpacked.
std::optional<OpenFile> find_moved(const std::string& path, const FilePosition& position);

/// Opens the file that continues the one with `inode`, last changed at `modified`: the oldest newer rotated sibling
/// (path.N, path-DATE and the like, not empty; packed ones, path.N.gz, are unpacked), else the file at `path` now if it
/// has content. Returns nullopt while `path` is that same file, or nothing newer has been written: the old one may
/// still grow then. Modification times, birth times and names together decide which file is newer. `trouble` says why
/// files that may belong in between are skipped: a packed one that cannot be read, one whose place is unclear, one
/// whose name is not that of a rotated file. Throws std::runtime_error if the continuing file cannot be opened.
std::optional<OpenFile> find_successor(const std::string& path, std::uint64_t inode, std::int64_t modified,
                                       std::string& trouble);

}  // namespace altmind::file
