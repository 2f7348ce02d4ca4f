#pragma once
// Reads the first lines of a file that should be a table of text, or says what it is instead.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace altmind::file {

using Lines = std::vector<std::string>;

inline constexpr std::size_t first_lines_bytes = 1 << 20;
inline constexpr std::size_t most_first_lines = 1000;

/// Returns the non-empty lines of the first MiB, at least one; sets `line_end` to their terminator, '\n' or '\r'.
/// Throws std::runtime_error with a sentence that names the file if it is not a table of text (a workbook or archive,
/// UTF-16, another encoding, JSON, SQL, libsvm, VW) or has no rows.
Lines first_lines(const std::string& path, char& line_end);

/// True if `text` begins with `lower`, ignoring ASCII case.
bool begins_ignoring_case(std::string_view text, std::string_view lower);

}  // namespace altmind::file
