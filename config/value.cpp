#include "config/value.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace altmind::config {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
constexpr std::array<Unit, 4> duration_units = {{{"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::array<Unit, 5> size_units = {
    {{"TiB", 1ull << 40}, {"GiB", 1ull << 30}, {"MiB", 1ull << 20}, {"KiB", 1ull << 10}, {"B", 1}}};

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::uint64_t> parse_digits(std::string_view digits) {
  std::uint64_t number = 0;
  if (!all_digits(digits)) return std::nullopt;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

std::string number_text(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
  std::array<char, 32> buffer{};
  // The shortest exact form of 100000 would be 1e+05, which is unusual in configurations.
  const bool short_whole = std::abs(number) < 1e15 && number == std::floor(number);
  char* const last = buffer.data() + buffer.size();
  const auto end = short_whole ? std::to_chars(buffer.data(), last, number, std::chars_format::fixed).ptr
                               : std::to_chars(buffer.data(), last, number).ptr;
  std::string text(buffer.data(), end);
  // Without a point or an exponent TOML would read an integer (and lose the sign of -0.0).
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string toml_string(std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\u00";
      out += hex[byte >> 4];
      out += hex[byte & 15];
    } else {
      out += c;
    }
  }
  return out + '"';
}

template <class... F>
struct Visitor : F... {
  using F::operator()...;
};
template <class... F>
Visitor(F...) -> Visitor<F...>;

}  // namespace

Value::Value() = default;
Value::Value(const Value&) = default;
Value::Value(Value&&) noexcept = default;
Value& Value::operator=(const Value&) = default;
Value& Value::operator=(Value&&) noexcept = default;
Value::~Value() = default;

Value Value::signed_whole(std::int64_t whole) {
  if (whole >= 0) return Value(static_cast<std::uint64_t>(whole));
  Value value;
  value.data = whole;
  return value;
}

std::string toml_text(const Value& value) {
  return std::visit(Visitor{[](bool flag) { return std::string(flag ? "true" : "false"); },
                            [](std::int64_t whole) { return std::to_string(whole); },
                            [](std::uint64_t whole) { return std::to_string(whole); },
                            [](double number) { return number_text(number); },
                            [](const std::string& text) { return toml_string(text); },
                            [](const Value::List& list) {
                              std::string out = "[";
                              for (const Value& item : list) {
                                if (out.size() > 1) out += ", ";
                                out += toml_text(item);
                              }
                              return out + ']';
                            },
                            [](const Foreign& foreign) { return foreign.text; }},
                    value.data);
}

std::string shown(const Value& value) {
  constexpr std::size_t longest = 80;
  std::string text = toml_text(value);
  if (text.size() <= longest) return text;
  std::size_t end = longest - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // do not cut inside a character
  return text.substr(0, end) + "...";
}

std::string toml_key(std::string_view key) {
  const bool bare = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  return bare ? std::string(key) : shown(Value(key));
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const std::size_t unit_at = text.find_first_not_of("0123456789.");
  if (unit_at == std::string_view::npos) return std::nullopt;
  const std::string_view number = text.substr(0, unit_at);
  const auto unit = std::find_if(duration_units.begin(), duration_units.end(),
                                 [&](const Unit& u) { return u.name == text.substr(unit_at); });
  if (unit == duration_units.end()) return std::nullopt;

  const std::size_t point = number.find('.');
  const auto whole = parse_digits(number.substr(0, point));
  if (!whole || *whole > 1'000'000'000'000) return std::nullopt;  // keeps the sum in range
  std::uint64_t milliseconds = *whole * unit->factor;
  if (point != std::string_view::npos) {
    const std::string_view digits = number.substr(point + 1);
    const auto fraction = parse_digits(digits);
    if (!fraction || digits.size() > 9) return std::nullopt;
    std::uint64_t scale = 1;
    for (std::size_t i = 0; i < digits.size(); ++i) scale *= 10;
    if (*fraction * unit->factor % scale != 0) return std::nullopt;
    milliseconds += *fraction * unit->factor / scale;
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(milliseconds));
}

std::string format_duration(std::chrono::milliseconds duration) {
  const auto count = static_cast<std::uint64_t>(duration.count());
  if (count == 0) return "0s";
  for (const Unit& unit : duration_units) {
    if (count % unit.factor == 0) return std::to_string(count / unit.factor) + std::string(unit.name);
  }
  return std::to_string(count) + "ms";
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const std::size_t unit_at = text.find_first_not_of("0123456789");
  if (unit_at == std::string_view::npos) return std::nullopt;
  const auto number = parse_digits(text.substr(0, unit_at));
  const auto unit =
      std::find_if(size_units.begin(), size_units.end(), [&](const Unit& u) { return u.name == text.substr(unit_at); });
  if (!number || unit == size_units.end()) return std::nullopt;
  if (*number > std::numeric_limits<std::uint64_t>::max() / unit->factor) return std::nullopt;
  return *number * unit->factor;
}

Value size_value(std::uint64_t bytes) {
  for (const Unit& unit : size_units) {
    if (bytes == 0 || unit.factor == 1 || bytes % unit.factor != 0) continue;
    return Value(std::to_string(bytes / unit.factor) + std::string(unit.name));
  }
  return Value(bytes);
}

bool valid_utf8(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (std::size_t i = 0; i < text.size();) {
    const unsigned lead = at(i);
    const std::size_t length = lead < 0x80   ? 1
                               : lead < 0xc2 ? 0
                               : lead < 0xe0 ? 2
                               : lead < 0xf0 ? 3
                               : lead < 0xf5 ? 4
                                             : 0;
    if (length == 0 || i + length > text.size()) return false;
    for (std::size_t k = 1; k < length; ++k) {
      if ((at(i + k) & 0xc0u) != 0x80u) return false;
    }
    if (length > 2) {  // an overlong encoding, a surrogate, or beyond U+10FFFF
      const unsigned second = at(i + 1);
      if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) || (lead == 0xf0 && second < 0x90) ||
          (lead == 0xf4 && second > 0x8f)) {
        return false;
      }
    }
    i += length;
  }
  return true;
}

}  // namespace altmind::config
