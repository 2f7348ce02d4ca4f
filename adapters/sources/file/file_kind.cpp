#include "adapters/sources/file/file_kind.hpp"

#include <array>
#include <utility>

namespace altmind::file {

std::string other_kind(std::string_view head) {
  using Kind = std::pair<std::string_view, std::string_view>;
  constexpr std::string_view zip = "PK\x03\x04";
  // Workbooks are zip archives; Excel and LibreOffice write these names first.
  if (head.starts_with(zip)) {
    const std::string_view first = head.substr(0, 200);
    for (const std::string_view name : {"[Content_Types].xml", "xl/", "_rels/.rels", "opendocument.spreadsheet"}) {
      if (first.find(name) != std::string_view::npos)
        return "is a spreadsheet's workbook; save its sheet as CSV (UTF-8)";
    }
    return "is a zip archive; unzip it and name the table in it";
  }
  constexpr std::array<Kind, 9> kinds = {
      Kind{std::string_view("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8),
           "is a workbook of an old Excel; save its sheet as CSV (UTF-8)"},
      Kind{"BZh", "is packed by bzip2; bunzip2 -k unpacks it (gzip and xz are read as they are)"},
      Kind{std::string_view("\x28\xB5\x2F\xFD", 4),
           "is packed by zstd; unzstd unpacks it (gzip and xz are read as they are)"},
      Kind{std::string_view("7z\xBC\xAF\x27\x1C", 6), "is a 7-zip archive; 7z x unpacks it"},
      Kind{"%PDF-", "is a PDF; get the table as CSV from where it was made"},
      Kind{"PAR1", "is a Parquet file; export the table as CSV"},
      Kind{"ARROW1", "is an Arrow file; export the table as CSV"},
      Kind{std::string_view("SQLite format 3\0", 16), "is an SQLite database; export the table as CSV"},
      Kind{std::string_view("\x89HDF\r\n\x1A\n", 8), "is an HDF5 file; export the table as CSV"}};
  for (const auto& [magic, what] : kinds) {
    if (head.starts_with(magic)) return std::string(what);
  }
  return {};
}

}  // namespace altmind::file
