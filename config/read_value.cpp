#include "config/read_value.hpp"

#include <cmath>

namespace altmind::config {
namespace {

std::string plain(double number) {
  std::string text = toml_text(Value(number));
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

std::string describe(const NumberRange& range) {
  if (!range.low_open && !range.high_open) return "a number from " + plain(range.low) + " to " + plain(range.high);
  return std::string("a number ") + (range.low_open ? "above " : ">= ") + plain(range.low) + " and " +
         (range.high_open ? "below " : "at most ") + plain(range.high);
}

}  // namespace

void refuse(std::string_view allowed, const Value& value) {
  throw Refusal("must be " + std::string(allowed) + ", got " + shown(value));
}

std::string alternatives(std::span<const std::string_view> names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? " or " : ", ";
    out += toml_text(Value(names[i]));
  }
  return out;
}

bool read_flag(const Value& value) {
  if (const bool* flag = std::get_if<bool>(&value.data)) return *flag;
  refuse("true or false", value);
}

double read_number(const Value& value, const NumberRange& range, std::string_view also) {
  double number = std::nan("");
  if (const auto* real = std::get_if<double>(&value.data)) number = *real;
  if (const auto* whole = std::get_if<std::uint64_t>(&value.data)) number = static_cast<double>(*whole);
  if (const auto* whole = std::get_if<std::int64_t>(&value.data)) number = static_cast<double>(*whole);
  // The comparison also refuses NaN, which compares false.
  const bool above = range.low_open ? number > range.low : number >= range.low;
  const bool below = range.high_open ? number < range.high : number <= range.high;
  if (!above || !below) refuse(describe(range) + std::string(also), value);
  return number;
}

std::uint64_t read_whole(const Value& value, std::uint64_t low, std::uint64_t high) {
  const auto* whole = std::get_if<std::uint64_t>(&value.data);
  if (whole == nullptr || *whole < low || *whole > high) {
    refuse("a whole number from " + std::to_string(low) + " to " + std::to_string(high), value);
  }
  return *whole;
}

std::string read_text(const Value& value, std::string_view allowed) {
  if (const auto* text = std::get_if<std::string>(&value.data)) return *text;
  refuse(allowed, value);
}

std::size_t read_choice(const Value& value, std::span<const std::string_view> names) {
  if (const auto* text = std::get_if<std::string>(&value.data)) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == *text) return i;
    }
  }
  refuse(alternatives(names), value);
}

std::chrono::milliseconds read_duration(const Value& value, std::chrono::milliseconds low,
                                        std::chrono::milliseconds high) {
  const auto* text = std::get_if<std::string>(&value.data);
  const auto duration = text != nullptr ? parse_duration(*text) : std::nullopt;
  if (!duration || *duration < low || *duration > high) {
    refuse("a duration from \"" + format_duration(low) + "\" to \"" + format_duration(high) +
               "\" in ms, s, m or h, such as \"1.5s\"",
           value);
  }
  return *duration;
}

std::uint64_t read_size(const Value& value, std::uint64_t low, std::uint64_t high) {
  const auto* whole = std::get_if<std::uint64_t>(&value.data);
  const auto* text = std::get_if<std::string>(&value.data);
  const auto bytes = whole != nullptr ? std::optional(*whole) : text != nullptr ? parse_size(*text) : std::nullopt;
  if (!bytes || *bytes < low || *bytes > high) {
    refuse("a size from " + toml_text(size_value(low)) + " to " + toml_text(size_value(high)) +
               " in B, KiB, MiB, GiB or TiB, or a number of bytes",
           value);
  }
  return *bytes;
}

void read_list(const Value& value, std::string_view allowed, const std::function<void(const Value&)>& item) {
  const auto* list = std::get_if<Value::List>(&value.data);
  if (list == nullptr) refuse(allowed, value);
  for (std::size_t i = 0; i < list->size(); ++i) {
    try {
      item((*list)[i]);
    } catch (Refusal& refusal) {
      refusal.line = (*list)[i].line;
      refusal.part = '[' + std::to_string(i) + ']';
      throw;
    }
  }
}

}  // namespace altmind::config
