#pragma once
// Numbers as JSON writes them: the one place where text becomes a value.

#include <cmath>
#include <string_view>

namespace altmind::ingest {

/// A number read from text.
struct Decimal {
  double value = 0.0;         ///< correctly rounded; 0 when it underflows
  const char* end = nullptr;  ///< behind its last character; nullptr: there is no number here
  bool overflow = false;      ///< its magnitude is beyond the largest double; value is infinite
};

/// Reads the longest number of RFC 8259 at the beginning of [begin, end): no sign but '-', no leading
/// zeros, digits on both sides of a point. What follows it is the caller's business.
Decimal read_decimal(const char* begin, const char* end);

/// True if `value`, rounded to float32, is finite; `rounded` is that number.
inline bool to_float(double value, float& rounded) {
  rounded = static_cast<float>(value);
  return std::isfinite(rounded);
}

/// What is left of `value`, which was written as `text`, when it is `rounded`: 0 of a number of at most six digits,
/// since float32 keeps all of those well apart.
float residual_of(double value, float rounded, std::string_view text);

}  // namespace altmind::ingest
