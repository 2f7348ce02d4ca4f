#pragma once
// Converts values to types, or throws a Refusal that says what is allowed and what was given.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "config/value.hpp"

namespace altmind::config {

/// Why a value was refused: the text after the key in the message. The section reader adds location and key.
class Refusal : public std::runtime_error {
 public:
  explicit Refusal(const std::string& problem) : std::runtime_error(problem) {}

  std::uint32_t line = 0;  ///< line of the refused part; 0: that of the whole value
  std::string part;        ///< "[3]" if an item of a list was refused
};

/// Range of allowed numbers. The bounds are included unless open.
struct NumberRange {
  double low;
  double high;
  bool low_open = false;
  bool high_open = false;
};

/// All throw Refusal. `allowed`, if given, replaces the text after "must be".
bool read_flag(const Value& value);
double read_number(const Value& value, const NumberRange& range, std::string_view also = "");
std::uint64_t read_whole(const Value& value, std::uint64_t low, std::uint64_t high);
std::string read_text(const Value& value, std::string_view allowed = "a string");
/// Returns the index of the value in `names`.
std::size_t read_choice(const Value& value, std::span<const std::string_view> names);
std::chrono::milliseconds read_duration(const Value& value, std::chrono::milliseconds low,
                                        std::chrono::milliseconds high);
/// Reads a size string or a plain number of bytes.
std::uint64_t read_size(const Value& value, std::uint64_t low, std::uint64_t high);
/// Calls `item` for each item of a list; adds the item's index and line to refusals.
void read_list(const Value& value, std::string_view allowed, const std::function<void(const Value&)>& item);

/// "must be <allowed>, got <value>".
[[noreturn]] void refuse(std::string_view allowed, const Value& value);
/// `"a", "b" or "c"`.
std::string alternatives(std::span<const std::string_view> names);

}  // namespace altmind::config
