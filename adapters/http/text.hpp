#pragma once
// Text of HTTP: ASCII only, independent of the locale.

#include <algorithm>
#include <string>
#include <string_view>

namespace altmind::http {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// True for a token, such as a method or the name of a field: RFC 9110 section 5.6.2.
inline bool is_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_digit(c) || is_letter(c) || marks.find(c) != std::string_view::npos;
  });
}

inline std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = to_lower(c);
  return out;
}

/// Strips spaces and tabs from both ends.
inline std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Builds a message: the sentence, then the first bytes of the value, with all but printable ASCII replaced by '?'.
inline std::string with_value(std::string_view sentence, std::string_view value) {
  constexpr std::size_t limit = 80;
  std::string out(sentence);
  for (const char c : value.substr(0, limit)) out += c < 0x20 || c > 0x7e ? '?' : c;
  if (value.size() > limit) out += "...";
  return out;
}

}  // namespace altmind::http
