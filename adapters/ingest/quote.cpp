#include "adapters/ingest/quote.hpp"

namespace altmind::ingest {

std::string_view shorten(std::string_view text) {
  constexpr std::size_t longest = 40;
  if (text.size() <= longest) return text;
  std::size_t end = longest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

std::string quote(std::string_view text) {
  const std::string_view part = shorten(text);
  std::string out = "\"";
  for (const char c : part) out.push_back(static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c);
  out += part.size() < text.size() ? "...\"" : "\"";
  return out;
}

}  // namespace altmind::ingest
