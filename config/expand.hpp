#pragma once
// Variables in paths.

#include <map>
#include <string>
#include <string_view>

namespace altmind::config {

/// Replaces `${NAME}` by the variable and `${NAME:-text}` by the variable, or by `text` where it is unset or
/// empty. `$${` stands for a literal `${`; any other `$` for itself. The result is not expanded again.
/// Throws Refusal naming the variable that is not set, or what is malformed.
std::string expand_variables(std::string_view text, const std::map<std::string, std::string>& environment);

/// Text that expand_variables turns back into `text`.
std::string escape_variables(std::string_view text);

}  // namespace altmind::config
