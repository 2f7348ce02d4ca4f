#pragma once
// Splits a line into words.

#include <string_view>

namespace altmind::formats {

/// Removes and returns the next word of `text`; empty at its end.
inline std::string_view next_token(std::string_view& text) {
  constexpr std::string_view blanks = " \t\r";
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return text = {};
  const std::size_t end = text.find_first_of(blanks, begin);
  const std::string_view token = text.substr(begin, end - begin);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end);
  return token;
}

}  // namespace altmind::formats
