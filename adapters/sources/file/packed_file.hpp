#pragma once
// Packed files (.gz, .xz) among rotated ones.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>

#include "adapters/sources/file/open_file.hpp"

namespace altmind::file {

/// Without the ending of a packed file.
std::string_view without_packing(std::string_view name);

bool packed_by_name(const std::filesystem::path& path);

/// While a file is being packed both are there, and the packed one is not whole.
bool being_packed(const std::filesystem::path& path);

/// What a packed file holds, as a file without a name and with the time of the packed one. Of the first `needed_from`
/// bytes only the head is kept; the rest of them is a hole. `go_on`, asked once the head is there, may give it up.
/// Throws std::runtime_error.
std::optional<OpenFile> unpack(const std::filesystem::path& path, std::uint64_t needed_from,
                               const std::function<bool(const OpenFile&)>& go_on);

}  // namespace altmind::file
