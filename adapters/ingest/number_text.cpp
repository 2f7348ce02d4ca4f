#include "adapters/ingest/number_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>

#include "adapters/ingest/decimal.hpp"

namespace altmind::ingest {

namespace {

bool is_digit_at(std::string_view text, std::size_t i) {
  return i < text.size() && text[i] >= '0' && text[i] <= '9';
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

/// Parses all of `text` as a JSON number.
NumberRead read_json_number(std::string_view text, double& value) {
  const Decimal decimal = read_decimal(text.data(), text.data() + text.size());
  if (decimal.end != text.data() + text.size()) return NumberRead::nothing;
  value = decimal.value;
  return decimal.overflow ? NumberRead::overflow : NumberRead::number;
}

bool among(std::string_view text, std::span<const std::string_view> words) {
  constexpr std::size_t longest = 8;
  return text.size() <= longest && std::any_of(words.begin(), words.end(),
                                               [&](std::string_view word) { return equal_ignoring_case(text, word); });
}

}  // namespace

// Rewrites notations that JSON does not allow as JSON.
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
  constexpr std::array<std::string_view, 24> words = {
      "",     "?",   "-",   "--",   ".",    "na",     "n/a",    "n.a.",    "nan",   "-nan",  "null",   "(null)",
      "none", "nil", "\\n", "#n/a", "<na>", "<null>", "#null!", "#div/0!", "#num!", "#ref!", "#name?", "#value!"};
  return among(text, words);
}

bool means_no_label(std::string_view text) {
  constexpr std::array<std::string_view, 11> words = {"",     "?",      "na",  "n/a",  "n.a.", "nan",
                                                      "null", "(null)", "\\n", "#n/a", "<na>"};
  return among(text, words);
}

bool is_one_of(std::string_view text, std::span<const std::string> words) {
  return std::any_of(words.begin(), words.end(), [&](const auto& word) { return equal_ignoring_case(text, word); });
}

std::string_view class_name(std::string_view text, std::string& scratch) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  const std::size_t sign = text.starts_with('+') || text.starts_with('-') ? 1 : 0;
  if (!is_digit_at(text, sign) && !(text.substr(sign).starts_with('.') && is_digit_at(text, sign + 1))) return text;
  const bool code = text[sign] == '0' && is_digit_at(text, sign + 1);
  const bool digits = text.find_first_not_of("0123456789", sign) == std::string_view::npos;
  if (code || (digits && sign == 0)) return text;
  constexpr double most = 9007199254740992.0;  // 2^53: beyond it not all integers are distinct
  double value = 0.0;
  if (read_number(text, value) != NumberRead::number || std::floor(value) != value || std::abs(value) > most)
    return text;
  scratch = std::to_string(static_cast<std::int64_t>(value));
  return scratch;
}

}  // namespace altmind::ingest
