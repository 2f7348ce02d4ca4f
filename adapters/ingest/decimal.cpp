#include "adapters/ingest/decimal.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <system_error>

namespace altmind::ingest {

namespace {

constexpr int exact_power = 22;  // 10^22 is the largest power of ten that a double holds exactly
constexpr std::array<double, exact_power + 1> powers = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                        1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                        1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr std::uint64_t exact_mantissa = std::uint64_t{1} << 53;
constexpr std::int64_t exponent_bound = 1'000'000;  // larger exponents change nothing and must not overflow

bool is_digit(char c) {
  return static_cast<unsigned char>(c - '0') <= 9;
}

// Reads digits into the mantissa while it has room (19 digits always fit 64 bits).
struct Digits {
  std::uint64_t mantissa = 0;
  std::int64_t significant = 0;  // digits since the first one that is not 0

  const char* read(const char* p, const char* end) {
    for (; p != end && is_digit(*p); ++p) {
      if (significant < 19) mantissa = mantissa * 10 + static_cast<std::uint64_t>(*p - '0');
      if (mantissa != 0) ++significant;
    }
    return p;
  }
};

}  // namespace

Decimal read_decimal(const char* begin, const char* end) {
  const char* p = begin;
  const bool negative = p != end && *p == '-';
  if (negative) ++p;
  if (p == end || !is_digit(*p)) return {};
  Digits digits;
  if (*p == '0') {
    ++p;
    if (p != end && is_digit(*p)) return {};
  } else {
    p = digits.read(p, end);
  }
  std::int64_t exponent = 0;
  if (p != end && *p == '.') {
    const char* const fraction = p + 1;
    p = digits.read(fraction, end);
    if (p == fraction) return {};
    exponent = fraction - p;
  }
  if (p != end && (*p == 'e' || *p == 'E')) {
    ++p;
    const bool down = p != end && *p == '-';
    if (p != end && (*p == '-' || *p == '+')) ++p;
    if (p == end || !is_digit(*p)) return {};
    std::int64_t written = 0;
    for (; p != end && is_digit(*p); ++p) {
      if (written < exponent_bound) written = written * 10 + (*p - '0');
    }
    exponent += down ? -written : written;
  }

  if (digits.mantissa == 0) return {negative ? -0.0 : 0.0, p, false};
  // Both factors are exact, so the only rounding is that of the product or quotient, which is correctly rounded.
  if (digits.significant <= 19 && digits.mantissa <= exact_mantissa && exponent >= -exact_power &&
      exponent <= exact_power) {
    const double mantissa = static_cast<double>(digits.mantissa);
    const double power = powers[static_cast<std::size_t>(exponent < 0 ? -exponent : exponent)];
    const double value = exponent < 0 ? mantissa / power : mantissa * power;
    return {negative ? -value : value, p, false};
  }
  double value = 0.0;
  const auto [_, error] = std::from_chars(begin, p, value);
  if (error == std::errc() && std::isfinite(value)) return {value, p, false};
  // Underflow or overflow: the position of the first significant digit tells which.
  if (digits.significant + exponent < 0) return {negative ? -0.0 : 0.0, p, false};
  const double infinity = std::numeric_limits<double>::infinity();
  return {negative ? -infinity : infinity, p, true};
}

float residual_of(double value, float rounded, std::string_view text) {
  constexpr int kept = 6;
  if (static_cast<double>(rounded) == value) return 0.0F;
  int digits = 0;
  int significant = 0;  // without trailing zeros: 33.3330 is 33.333
  for (const char c : text) {
    if (c == 'e' || c == 'E') break;
    if (is_digit(c) && (digits > 0 || c != '0')) ++digits;
    if (is_digit(c) && c != '0') significant = digits;
  }
  return significant <= kept ? 0.0F : static_cast<float>(value - static_cast<double>(rounded));
}

}  // namespace altmind::ingest
