#pragma once
// The first lines of a file that should be a table of text, or a sentence that says what it is instead.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace altmind::file {

using Lines = std::vector<std::string>;

inline constexpr std::size_t first_lines_bytes = 1 << 20;
inline constexpr std::size_t most_first_lines = 1000;

/// The lines of the first MiB with something in them, at least one; `line_end` becomes what ends them, '\n' or '\r'.
/// Throws std::runtime_error with a sentence that names the file when it is no table of text (a workbook or archive,
/// UTF-16, another encoding, JSON, SQL, libsvm, VW) or has no rows.
Lines first_lines(const std::string& path, char& line_end);

/// Whether `text` begins with `lower` in any case of letters (of ASCII).
bool begins_ignoring_case(std::string_view text, std::string_view lower);

}  // namespace altmind::file
