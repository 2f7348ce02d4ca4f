#pragma once
// Suggests the intended word for a misspelt one.

#include <optional>
#include <span>
#include <string_view>

namespace altmind::config {

/// Returns the first word with the least edit distance (insert, delete, replace, swap of neighbours), if
/// that is at most a third of the longer length; nothing otherwise.
std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> words);

}  // namespace altmind::config
