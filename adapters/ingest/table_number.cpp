#include "adapters/ingest/table_number.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace altmind::ingest {

namespace {

constexpr std::array<std::string_view, 5> blanks = {" ", "\t", "\xC2\xA0", "\xE2\x80\xAF", "\xE2\x80\x89"};
constexpr std::array<std::string_view, 6> currencies = {"$",        "\xC2\xA3",     "\xC2\xA5",
                                                        "\xC2\xA4", "\xE2\x82\xAC", "\xE2\x82\xB9"};
constexpr std::array<std::string_view, 3> minus_signs = {"-", "\xE2\x88\x92", "\xE2\x80\x93"};
constexpr std::array<std::string_view, 3> group_signs = {"'", "\xE2\x80\x99", "_"};
constexpr std::size_t most_number_bytes = 100;

/// Returns the one of `signs` that `text` begins with; empty if none.
std::string_view first_of(std::string_view text, std::span<const std::string_view> signs) {
  const auto found = std::find_if(signs.begin(), signs.end(), [&](auto sign) { return text.starts_with(sign); });
  return found == signs.end() ? std::string_view() : *found;
}

std::string_view last_of(std::string_view text, std::span<const std::string_view> signs) {
  const auto found = std::find_if(signs.begin(), signs.end(), [&](auto sign) { return text.ends_with(sign); });
  return found == signs.end() ? std::string_view() : *found;
}

/// Reduces a number of a table to its digits, a point and an exponent.
class TableNumber {
 public:
  bool read(std::string_view text, char mark) {
    if (!strip(text)) return false;
    std::string_view rest = text;
    if (!read_whole_part(rest, mark)) return false;
    if (rest.starts_with(mark)) {
      plain_ += '.';
      rest.remove_prefix(1);
      take_digits(rest);
    }
    if (rest.starts_with('e') || rest.starts_with('E')) {
      plain_ += rest;  // read_number validates it
      rest = {};
    }
    return rest.empty();
  }
  const std::string& plain() const { return plain_; }
  bool negative() const { return negative_; }

 private:
  // Strips what may surround the digits, each at most once.
  bool strip(std::string_view& text) {
    bool currency = false;
    bool sign = false;
    for (;;) {
      if (const auto blank = first_of(text, blanks); !blank.empty()) {
        text.remove_prefix(blank.size());
      } else if (const auto money = first_of(text, currencies); !money.empty() && !std::exchange(currency, true)) {
        text.remove_prefix(money.size());
      } else if (const auto minus = first_of(text, minus_signs); !minus.empty() && !std::exchange(sign, true)) {
        negative_ = true;
        text.remove_prefix(minus.size());
      } else if (text.starts_with('+') && !std::exchange(sign, true)) {
        text.remove_prefix(1);
      } else if (text.size() > 2 && text.starts_with('(') && text.ends_with(')') && !std::exchange(sign, true)) {
        negative_ = true;
        text = text.substr(1, text.size() - 2);
      } else {
        break;
      }
    }
    for (bool percent = false;;) {
      if (const auto blank = last_of(text, blanks); !blank.empty()) {
        text.remove_suffix(blank.size());
      } else if (const auto money = last_of(text, currencies); !money.empty() && !std::exchange(currency, true)) {
        text.remove_suffix(money.size());
      } else if (text.ends_with('%') && !std::exchange(percent, true)) {
        text.remove_suffix(1);
      } else {
        return !text.empty();
      }
    }
  }

  void take_digits(std::string_view& rest) {
    const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    plain_ += rest.substr(0, digits);
    rest.remove_prefix(digits);
  }

  bool read_whole_part(std::string_view& rest, char mark) {
    const bool zero = rest.starts_with('0');  // a code or 0,346: not a group of thousands
    take_digits(rest);
    const std::size_t first = plain_.size();
    const char other = mark == '.' ? ',' : '.';
    std::string_view sign;
    std::size_t last = 3;
    for (;;) {
      std::string_view here = first_of(rest, blanks);
      if (here.empty()) here = first_of(rest, group_signs);
      if (here.empty() && rest.starts_with(other)) here = rest.substr(0, 1);
      if (here.empty() || (!sign.empty() && here != sign)) break;
      sign = here;
      rest.remove_prefix(here.size());
      const std::size_t before = plain_.size();
      take_digits(rest);
      last = plain_.size() - before;
      if (last != 2 && last != 3) return false;
    }
    const bool grouped = !sign.empty();
    return !grouped || (first >= 1 && first <= 3 && last == 3 && !zero);
  }

  std::string plain_;
  bool negative_ = false;
};

}  // namespace

NumberRead read_table_number(std::string_view text, char mark, double& value) {
  if (mark == '.' || text.find_first_of(".,") == std::string_view::npos) {
    if (const NumberRead read = read_number(text, value); read != NumberRead::nothing) return read;
  }
  if (text.size() > most_number_bytes) return NumberRead::nothing;
  TableNumber number;
  if (!number.read(text, mark)) return NumberRead::nothing;
  const NumberRead read = read_number(number.plain(), value);
  if (number.negative()) value = -value;
  return read;
}

std::string_view without_unit(std::string_view text, std::span<const std::string> units) {
  for (const std::string_view unit : units) {
    const bool behind = text.ends_with(unit);
    if (text.size() <= unit.size() || (!behind && !text.starts_with(unit))) continue;
    std::string_view rest = behind ? text.substr(0, text.size() - unit.size()) : text.substr(unit.size());
    for (auto blank = first_of(rest, blanks); !blank.empty(); blank = first_of(rest, blanks)) {
      rest.remove_prefix(blank.size());
    }
    for (auto blank = last_of(rest, blanks); !blank.empty(); blank = last_of(rest, blanks)) {
      rest.remove_suffix(blank.size());
    }
    return rest;
  }
  return text;
}

std::string_view unit_of(std::string_view text) {
  constexpr std::array<std::string_view, 30> codes = {
      "EUR", "USD", "GBP", "CHF", "JPY", "CNY", "INR", "BRL", "MXN", "CAD", "AUD", "NZD", "SEK", "NOK",       "DKK",
      "PLN", "CZK", "HUF", "RUB", "TRY", "ZAR", "KRW", "SGD", "HKD", "THB", "ARS", "Rs",  "Rs.", "z\xC5\x82", "kr"};
  constexpr std::size_t longest = 16;
  const auto number = [](std::string_view rest) {
    double value = 0.0;
    return read_table_number(rest, '.', value) == NumberRead::number ||
           read_table_number(rest, ',', value) == NumberRead::number;
  };
  const std::size_t digit = text.find_first_of("0123456789");
  if (digit == std::string_view::npos || text.size() > most_number_bytes || number(text)) return {};
  std::string_view unit = text.substr(text.find_last_of("0123456789)") + 1);
  const std::string_view in_front = text.substr(0, text.size() - unit.size());
  for (auto blank = first_of(unit, blanks); !blank.empty(); blank = first_of(unit, blanks)) {
    unit.remove_prefix(blank.size());
  }
  if (!unit.empty() && unit.size() <= longest && number(in_front)) return unit;
  unit = text.substr(0, text.find_first_of("+-(0123456789"));
  const std::string_view behind = text.substr(unit.size());
  for (auto blank = last_of(unit, blanks); !blank.empty(); blank = last_of(unit, blanks)) {
    unit.remove_suffix(blank.size());
  }
  const bool money =
      std::find(codes.begin(), codes.end(), unit) != codes.end() || (unit.size() <= 4 && unit.ends_with('$'));
  return money && number(behind) ? unit : std::string_view();
}

}  // namespace altmind::ingest
