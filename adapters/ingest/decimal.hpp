#pragma once
// Parses numbers in JSON syntax: the one place where text becomes a value.

#include <cmath>
#include <string_view>

namespace altmind::ingest {

/// A number read from text.
struct Decimal {
  double value = 0.0;         ///< correctly rounded; 0 when it underflows
  const char* end = nullptr;  ///< after its last character; nullptr: there is no number here
  bool overflow = false;      ///< its magnitude is beyond the largest double; value is infinite
};

/// Reads the longest number of RFC 8259 at the beginning of [begin, end): no sign but '-', no leading zeros, digits on
/// both sides of a point. The caller must check what follows it.
Decimal read_decimal(const char* begin, const char* end);

/// True if `value`, rounded to float32, is finite; `rounded` is set to that number.
inline bool to_float(double value, float& rounded) {
  rounded = static_cast<float>(value);
  return std::isfinite(rounded);
}

/// Returns `value` - `rounded`, where `value` was written as `text`; 0 if it has at most six significant digits, since
/// float32 distinguishes all of those.
float residual_of(double value, float rounded, std::string_view text);

}  // namespace altmind::ingest
