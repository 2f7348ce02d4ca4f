#pragma once
// Writes JSON directly into a string: answers are small, predictions many.

#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>

namespace altmind::http {

/// Appends `text` quoted and escaped; invalid UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

/// Appends the shortest digits that read back as `value`; null if it is not finite.
template <class Number>
void append_json_number(std::string& out, Number value) {
  if constexpr (std::is_floating_point_v<Number>) {
    if (!std::isfinite(value)) {
      out += "null";
      return;
    }
  }
  std::array<char, 40> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.append(text.data(), end);
}

}  // namespace altmind::http
