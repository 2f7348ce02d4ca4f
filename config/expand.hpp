#pragma once
// Expands environment variables in paths.

#include <map>
#include <string>
#include <string_view>

namespace altmind::config {

/// Replaces `${NAME}` by the variable, and `${NAME:-text}` by the variable or, if it is unset or
/// empty, by `text`. `$${` is a literal `${`; any other `$` is kept. The result is not expanded again.
/// Throws Refusal naming the unset variable or the malformed part.
std::string expand_variables(std::string_view text, const std::map<std::string, std::string>& environment);

/// Escapes `text` such that expand_variables returns it unchanged.
std::string escape_variables(std::string_view text);

}  // namespace altmind::config
