#include "adapters/telemetry/printable.hpp"

#include <array>
#include <cstdio>

namespace altmind::telemetry {
namespace {

/// Returns the length of the UTF-8 character at the front of `text` and sets its code point; 0 if it is invalid.
std::size_t decode(std::string_view text, char32_t& code) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  if (length == 0 || text.size() < length) return 0;
  code = length == 1 ? lead : lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0) != 0x80) return 0;
    code = (code << 6) | (byte & 0x3FU);
  }
  constexpr std::array<char32_t, 5> least = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  return code < least[length] || surrogate || code > 0x10FFFF ? 0 : length;
}

/// True for code points that move the cursor, change colours, or change the direction of the text after them.
bool obeyed(char32_t code) {
  return (code < 0x20 && code != '\n' && code != '\t') || (code >= 0x7F && code < 0xA0) ||
         (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) || code == 0x2028 || code == 0x2029;
}

void append(std::string& to, const char* format, unsigned value) {
  std::array<char, 16> escaped{};
  std::snprintf(escaped.data(), escaped.size(), format, value);
  to += escaped.data();
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    char32_t code = 0;
    const std::size_t length = decode(text, code);
    if (length == 0) {
      append(out, "\\x%02x", static_cast<unsigned char>(text[0]));
    } else if (obeyed(code)) {
      append(out, "\\u%04x", static_cast<unsigned>(code));
    } else {
      out.append(text.substr(0, length));
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

}  // namespace altmind::telemetry
