#pragma once
// Text from outside on its way to a terminal.

#include <string>
#include <string_view>

namespace altmind::telemetry {

/// `text` without anything that a terminal obeys: control characters but line ends and tabs as \u001b, bytes that are
/// no UTF-8 as \xff. What is printable stays as it is; of JSON text (which has neither raw) it is the same JSON.
std::string printable(std::string_view text);

}  // namespace altmind::telemetry
