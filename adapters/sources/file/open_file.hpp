#pragma once
// A file that is open, by whatever name.

#include <cstdint>
#include <optional>
#include <string>

#include "adapters/sources/file/byte_stream.hpp"

namespace altmind::file {

struct OpenFile {
  FileDescriptor file;
  std::string path;
  bool unpacked = false;  ///< `file` holds what the packed file at `path` does, and has no name
};

/// Nothing if it does not exist; throws std::runtime_error if it cannot be opened.
std::optional<OpenFile> open_if_there(const std::string& path);

/// Nanoseconds since 1970 of the last change of an open file's content.
std::int64_t modified_at(int descriptor, const std::string& path);
std::uint64_t size_of(int descriptor, const std::string& path);

}  // namespace altmind::file
