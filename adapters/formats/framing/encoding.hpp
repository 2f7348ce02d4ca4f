#pragma once
// Detects the encoding of a text from its first bytes.

#include <string_view>

namespace altmind::formats {

inline constexpr std::string_view utf16_sentence =
    "is text in UTF-16, and only UTF-8 is read; convert it, for example by iconv -f UTF-16 -t UTF-8";

/// Strips the byte order mark that spreadsheets write before UTF-8.
inline std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  if (text.starts_with(mark)) text.remove_prefix(mark.size());
  return text;
}

/// True if a text that begins with these bytes is UTF-16: by its byte order mark, or because its first two characters
/// are ASCII.
inline bool is_utf16(std::string_view text) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) return true;
  if (text.size() < 4) return false;
  const auto zeros = [&](std::size_t at) { return text[at] == 0 && text[at + 2] == 0; };
  return (zeros(0) && text[1] != 0 && text[3] != 0) || (zeros(1) && text[0] != 0 && text[2] != 0);
}

}  // namespace altmind::formats
