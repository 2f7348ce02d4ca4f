#pragma once
// Where the earlier parts of a rotated file are: the files beside it.

#include <cstdint>
#include <optional>
#include <string>

#include "adapters/sources/file/open_file.hpp"
#include "adapters/sources/file/position.hpp"

namespace altmind::file {

/// Opens a file beside `path` that holds what was read up to `position`: the same file under any other name, else a
/// copy of it with the name of a rotated file, made when it was last read or later (copytruncate), else a packed one
/// (path.1.gz) by such a name, unpacked.
std::optional<OpenFile> find_moved(const std::string& path, const FilePosition& position);

/// The file that carries on after the one with `inode`, last changed at `modified`: the oldest rotated
/// sibling (path.N, path-DATE and the like, not empty; packed ones, path.N.gz, are unpacked) that is newer, else what
/// stands at `path` now if that has content. Nothing while `path` is that same file, or nothing newer has been written:
/// then more may come to the old one. What is newer is told by the times of change and of birth and by name together.
/// `trouble` says of each file why it is passed over where it may have belonged in between: a packed one that cannot be
/// read, one whose place is not clear, one with a name like none of a rotated file.
/// Throws std::runtime_error when the file that carries on cannot be opened.
std::optional<OpenFile> find_successor(const std::string& path, std::uint64_t inode, std::int64_t modified,
                                       std::string& trouble);

}  // namespace altmind::file
