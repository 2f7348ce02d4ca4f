#pragma once
// Makes text from outside safe for a terminal.

#include <string>
#include <string_view>

namespace altmind::telemetry {

/// Returns `text` with everything escaped that a terminal interprets: control characters except line ends and tabs as
/// \u001b, bytes that are not UTF-8 as \xff. Printable text is unchanged; JSON text (which has neither raw) stays the
/// same JSON.
std::string printable(std::string_view text);

}  // namespace altmind::telemetry
