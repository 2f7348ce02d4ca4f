#pragma once
// One value as a configuration gives it, whatever it was written in: TOML, an override or recorded JSON.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace altmind::config {

/// A TOML value no key takes: a date, a time or a table. `text` says which, for messages.
struct Foreign {
  std::string text;
};

/// Whole numbers >= 0 are held as uint64, negative ones as int64.
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

/// As TOML text that reads back to the same value; numbers with every digit they need.
std::string toml_text(const Value& value);
/// toml_text, cut after about 80 characters: for messages.
std::string shown(const Value& value);
/// A key as TOML has it: bare where it may be, else quoted.
std::string toml_key(std::string_view key);

/// "10s", "20ms", "5m", "1.5h"; nothing if it is not a whole number of milliseconds or not a duration.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// In the largest unit that holds it whole.
std::string format_duration(std::chrono::milliseconds duration);

/// "64MiB", "1GiB", "16KiB", "512B"; nothing if it is not a size or does not fit.
std::optional<std::uint64_t> parse_size(std::string_view text);
/// A size string in the largest unit that holds it whole, or the plain number of bytes.
Value size_value(std::uint64_t bytes);

bool valid_utf8(std::string_view text);

}  // namespace altmind::config
