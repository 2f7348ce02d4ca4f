#pragma once
// Detects files with mixed line ends.

#include <cstddef>
#include <string>

#include "adapters/formats/csv/csv_line.hpp"
#include "adapters/formats/framing/line_framer.hpp"

namespace altmind::file {

/// True if a line consists of several rows of `width` fields, with CR between them where lines end with LF, or with LF
/// where they end with CR.
bool holds_rows(const formats::Line& line, char line_end, formats::CsvDialect dialect, std::size_t width);

/// Returns the error message for such a file.
std::string mixed_line_ends(const std::string& path);

}  // namespace altmind::file
