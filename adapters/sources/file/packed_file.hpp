#pragma once
// Packed files (.gz, .xz) among rotated ones.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>

#include "adapters/sources/file/open_file.hpp"

namespace altmind::file {

/// Strips the extension of a packed file.
std::string_view without_packing(std::string_view name);

bool packed_by_name(const std::filesystem::path& path);

/// True while a file is being packed: both files exist, and the packed one is incomplete.
bool being_packed(const std::filesystem::path& path);

/// Unpacks a file into one without a name, which gets the modification time of the packed one. Of the first
/// `needed_from` bytes only the head is kept; the rest of them is a hole. `go_on` is asked once the head is there, and
/// may cancel. Throws std::runtime_error.
std::optional<OpenFile> unpack(const std::filesystem::path& path, std::uint64_t needed_from,
                               const std::function<bool(const OpenFile&)>& go_on);

}  // namespace altmind::file
