#include "adapters/ingest/number_text.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "adapters/ingest/decimal.hpp"

namespace altmind::ingest {

namespace {

bool is_digit_at(std::string_view text, std::size_t i) {
  return i < text.size() && text[i] >= '0' && text[i] <= '9';
}

bool equal_ignoring_case(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b; });
}

/// All of `text` as a JSON number.
NumberRead read_json_number(std::string_view text, double& value) {
  const Decimal decimal = read_decimal(text.data(), text.data() + text.size());
  if (decimal.end != text.data() + text.size()) return NumberRead::nothing;
  value = decimal.value;
  return decimal.overflow ? NumberRead::overflow : NumberRead::number;
}

}  // namespace

// What JSON does not know is rewritten as JSON.
NumberRead read_number(std::string_view text, double& value) {
  if (const NumberRead read = read_json_number(text, value); read != NumberRead::nothing || text.empty()) return read;
  std::string plain;
  if (text.front() == '-') plain = "-";
  if (text.front() == '-' || text.front() == '+') text.remove_prefix(1);
  for (const std::string_view name : {"nan", "inf", "infinity"}) {
    if (equal_ignoring_case(text, name)) return NumberRead::overflow;
  }
  while (text.starts_with('0') && is_digit_at(text, 1)) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  if (point == 0) {
    if (!is_digit_at(text, 1)) return NumberRead::nothing;
    plain += '0';
  } else if (point != std::string_view::npos && is_digit_at(text, point - 1) && !is_digit_at(text, point + 1)) {
    plain += text.substr(0, point);
    text.remove_prefix(point + 1);
  }
  if (text.starts_with('-')) return NumberRead::nothing;
  plain += text;
  return read_json_number(plain, value);
}

bool means_missing(std::string_view text) {
  constexpr std::array<std::string_view, 6> words = {"", "?", "na", "n/a", "nan", "null"};
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return equal_ignoring_case(text, word); });
}

}  // namespace altmind::ingest
