#pragma once
// An open file, whatever its name is now.

#include <cstdint>
#include <optional>
#include <string>

#include "adapters/sources/file/byte_stream.hpp"

namespace altmind::file {

struct OpenFile {
  FileDescriptor file;
  std::string path;
  bool unpacked = false;  ///< `file` is the unpacked content of the packed file at `path`, and has no name
};

/// Returns nullopt if it does not exist; throws std::runtime_error if it cannot be opened.
std::optional<OpenFile> open_if_there(const std::string& path);

/// Returns when an open file's content was last changed, in nanoseconds since 1970.
std::int64_t modified_at(int descriptor, const std::string& path);
std::uint64_t size_of(int descriptor, const std::string& path);

}  // namespace altmind::file
