#pragma once
// What a file is that is no text.

#include <string>
#include <string_view>

namespace altmind::file {

/// By its first bytes: what the file is and what to do, as a sentence's end; empty where none is known.
std::string other_kind(std::string_view head);

}  // namespace altmind::file
