#include "adapters/sources/file/line_ends.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace altmind::file {

bool holds_rows(const formats::Line& line, char line_end, formats::CsvDialect dialect, std::size_t width) {
  const char other = line_end == '\n' ? '\r' : '\n';
  std::vector<formats::CsvField> fields;
  std::size_t rows = 0;
  for (std::size_t at = 0; at < line.text.size();) {
    const std::size_t end = std::min(line.text.find(other, at), line.text.size());
    const std::string_view piece = line.text.substr(at, end - at);
    at = end + 1;
    if (piece.empty() || (line.too_long && end == line.text.size())) continue;
    if (!split_csv(piece, fields, dialect)) return false;
    if (fields.size() != width && !(fields.size() == width + 1 && fields.back().text.empty())) return false;
    ++rows;
  }
  return rows > 1;
}

std::string mixed_line_ends(const std::string& path) {
  return path + ": has mixed line ends, LF here and CR alone there; tr '\\r' '\\n' < FILE > NEW makes them one";
}

}  // namespace altmind::file
