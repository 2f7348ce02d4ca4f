#pragma once
// Where the earlier parts of a rotated file are: the files beside it.

#include <cstdint>
#include <optional>
#include <string>

#include "adapters/file/byte_stream.hpp"
#include "adapters/file/position.hpp"

namespace altmind::file {

/// Nanoseconds since 1970 of the last change of an open file's content.
std::int64_t modified_at(int descriptor, const std::string& path);
std::uint64_t size_of(int descriptor, const std::string& path);

struct OpenFile {
  FileDescriptor file;
  std::string path;
};

/// Nothing if it does not exist; throws std::runtime_error if it cannot be opened.
std::optional<OpenFile> open_if_there(const std::string& path);

/// Opens a plain file with at least `offset` bytes beside `path` that begins as `known` does: the same file
/// under any other name, else a copy of it with the name of a rotated file, made at `modified` or later
/// (copytruncate).
std::optional<OpenFile> find_moved(const std::string& path, const FileIdentity& known, std::uint64_t offset,
                                   std::int64_t modified);

/// The file that carries on after the one with `inode`, last changed at `modified`: the oldest rotated
/// sibling (path.N, path-DATE and the like, plain, not empty) that is newer, else what stands at `path` now if
/// that has content. Nothing while `path` is that same file, or nothing newer has been written: then more may
/// come to the old one. Throws std::runtime_error when the file that carries on cannot be opened.
std::optional<OpenFile> find_successor(const std::string& path, std::uint64_t inode, std::int64_t modified);

}  // namespace altmind::file
