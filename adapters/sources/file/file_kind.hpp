#pragma once
// Recognises files that are not text.

#include <string>
#include <string_view>

namespace altmind::file {

/// Returns what the file is, by its first bytes, and what to do, as the end of a sentence; empty if it is not
/// recognised.
std::string other_kind(std::string_view head);

}  // namespace altmind::file
