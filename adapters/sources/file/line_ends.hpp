#pragma once
// Files whose lines do not all end alike.

#include <cstddef>
#include <string>

#include "adapters/formats/csv/csv_line.hpp"
#include "adapters/formats/framing/line_framer.hpp"

namespace altmind::file {

/// Whether a line is several rows of `width` fields, with CR between them where lines end with LF, or with LF where
/// they end with CR.
bool holds_rows(const formats::Line& line, char line_end, formats::CsvDialect dialect, std::size_t width);

/// What to say of such a file.
std::string mixed_line_ends(const std::string& path);

}  // namespace altmind::file
