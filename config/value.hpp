#pragma once
// A configuration value, independent of its origin: TOML, an override or recorded JSON.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace altmind::config {

/// A TOML value that no key accepts: a date, a time or a table. `text` describes it for messages.
struct Foreign {
  std::string text;
};

/// Whole numbers >= 0 are stored as uint64, negative ones as int64.
struct Value {
  using List = std::vector<Value>;
  std::variant<bool, std::int64_t, std::uint64_t, double, std::string, List, Foreign> data;
  std::uint32_t line = 0;  ///< in the file; 0: not from a file

  // Out of line: inlined, the variant's moves look uninitialised to g++ 12 with sanitizers.
  Value();
  Value(const Value&);
  Value(Value&&) noexcept;
  Value& operator=(const Value&);
  Value& operator=(Value&&) noexcept;
  ~Value();
  Value(bool flag) : data(flag) {}
  Value(std::uint64_t whole) : data(whole) {}
  Value(double number) : data(number) {}
  Value(std::string text) : data(std::move(text)) {}
  Value(std::string_view text) : data(std::string(text)) {}
  Value(const char* text) : data(std::string(text)) {}
  Value(List list) : data(std::move(list)) {}
  Value(Foreign foreign) : data(std::move(foreign)) {}
  static Value signed_whole(std::int64_t whole);
};

/// Returns TOML text that reads back to exactly the same value.
std::string toml_text(const Value& value);
/// Returns toml_text, truncated to about 80 characters, for messages.
std::string shown(const Value& value);
/// Returns a key in TOML syntax: bare if possible, else quoted.
std::string toml_key(std::string_view key);

/// Parses "10s", "20ms", "5m", "1.5h"; nothing if it is not a duration or not a whole number of milliseconds.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// Formats a duration in the largest unit that gives a whole number.
std::string format_duration(std::chrono::milliseconds duration);

/// Parses "64MiB", "1GiB", "16KiB", "512B"; nothing if it is not a size or overflows.
std::optional<std::uint64_t> parse_size(std::string_view text);
/// Formats a size in the largest unit that gives a whole number, or as the plain number of bytes.
Value size_value(std::uint64_t bytes);

bool valid_utf8(std::string_view text);

}  // namespace altmind::config
