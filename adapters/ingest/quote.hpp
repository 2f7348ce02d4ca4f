#pragma once
// Quotes foreign text in messages.

#include <string>
#include <string_view>

namespace altmind::ingest {

/// Returns the first 40 bytes of `text` (valid UTF-8), cut between characters.
std::string_view shorten(std::string_view text);

/// Returns shorten(text) in quotes, with "..." if something was cut; control characters as '?'.
std::string quote(std::string_view text);

}  // namespace altmind::ingest
