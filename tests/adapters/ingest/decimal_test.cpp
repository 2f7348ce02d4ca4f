#include "adapters/ingest/decimal.hpp"

#include <doctest/doctest.h>
#include <regex.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

using namespace altmind;
using namespace altmind::ingest;

namespace {

Decimal read(const std::string& text) {
  return read_decimal(text.data(), text.data() + text.size());
}

bool same_bits(double a, double b) {
  return std::memcmp(&a, &b, sizeof a) == 0;
}

bool is_json_number(const std::string& text) {
  static const regex_t grammar = [] {
    regex_t compiled;
    REQUIRE(regcomp(&compiled, "^-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?$", REG_EXTENDED | REG_NOSUB) == 0);
    return compiled;
  }();
  return regexec(&grammar, text.c_str(), 0, nullptr, 0) == 0;
}

// Uses the C library as the independent reference for values and for the grammar.
void compare(const std::string& text) {
  CAPTURE(text);
  const Decimal decimal = read(text);
  const bool whole = decimal.end == text.data() + text.size();
  CHECK(whole == is_json_number(text));
  if (!whole) return;
  const double expected = std::strtod(text.c_str(), nullptr);
  if (std::fabs(expected) < 2.3e-308) {  // subnormal doubles may become 0: as float32 they are 0 anyway
    CHECK(static_cast<float>(decimal.value) == 0.0F);
    CHECK(std::signbit(decimal.value) == std::signbit(expected));
  } else {
    CHECK(same_bits(decimal.value, expected));
  }
  CHECK(decimal.overflow == std::isinf(expected));
}

}  // namespace

TEST_CASE("decimals agree with the C library at the edges") {
  for (const char* text : {"0",
                           "-0",
                           "0.0",
                           "-0.0",
                           "0e5",
                           "0E-99999999999999999999",
                           "-0e99999999999999999999",
                           "1",
                           "-1",
                           "10",
                           "255",
                           "9007199254740991",
                           "9007199254740993",
                           "18446744073709551615",
                           "18446744073709551616",
                           "99999999999999999999",
                           "123456789012345678901234567890",
                           "0.1",
                           "0.3",
                           "1e22",
                           "1e23",
                           "1e-22",
                           "1e-23",
                           "1e39",
                           "1e308",
                           "1e309",
                           "-1e309",
                           "1e999",
                           "1e99999999999999999999",
                           "1e-999",
                           "-1e-999",
                           "1e-99999999999999999999",
                           "1.7976931348623157e308",
                           "1.7976931348623159e308",
                           "2.2250738585072014e-308",
                           "4.9e-324",
                           "1e-324",
                           "3.4028234663852886e38",
                           "3.4028235677973366e38",
                           "0.00392156862745098",
                           "8.98846567431158e307",
                           "0.000000000000000000000000000000000000000000000000000000000000000000000000000001e77",
                           "100000000000000000000000000000000000000000000000000000000000000000e-64",
                           "1E5",
                           "1e+5",
                           "1.5E-3"}) {
    compare(text);
  }
}

TEST_CASE("what JSON does not call a number is none") {
  for (const char* text :
       {"",    "-",    "+1",  "01",       "-01",       "00",  ".5",    "1.",  "1.e5", "1e",  "1e+",  "1e-",
        "-.5", "0x10", "NaN", "Infinity", "-Infinity", "inf", "1_000", "1,5", " 1",   "--1", "1.2.3"}) {
    compare(text);
  }
}

TEST_CASE("decimals of all shapes agree with the C library") {
  std::mt19937_64 random(11);
  const auto pick = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  for (int round = 0; round < 20000; ++round) {
    std::string text = pick(0, 1) != 0 ? "-" : "";
    const int whole = pick(1, round % 5 == 0 ? 40 : 6);
    for (int i = 0; i < whole; ++i) text.push_back(static_cast<char>('0' + pick(i == 0 && whole > 1 ? 1 : 0, 9)));
    if (pick(0, 2) != 0) {
      text.push_back('.');
      for (int i = pick(1, 25); i > 0; --i) text.push_back(static_cast<char>('0' + (pick(0, 3) != 0 ? pick(0, 9) : 0)));
    }
    if (pick(0, 2) == 0) text.append("e").append(std::to_string(pick(-340, 340)));
    compare(text);
  }
}

TEST_CASE("doubles written with 17 digits come back bit for bit") {
  std::mt19937_64 random(12);
  for (int round = 0; round < 20000; ++round) {
    const std::uint64_t bits = random();
    double value = 0.0;
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isnormal(value)) continue;
    char text[64];
    std::snprintf(text, sizeof text, "%.17g", value);
    CHECK(same_bits(read(text).value, value));
  }
}

TEST_CASE("one changed byte is judged as the grammar says") {
  std::mt19937 random(13);
  const std::string alphabet = "0123456789.-+eE ,x";
  for (int round = 0; round < 20000; ++round) {
    std::string text = round % 2 == 0 ? "-12.50e-3" : "907.25E+11";
    const auto at = std::uniform_int_distribution<std::size_t>(0, text.size() - 1)(random);
    const char c = alphabet[std::uniform_int_distribution<std::size_t>(0, alphabet.size() - 1)(random)];
    if (round % 3 == 0) {
      text.erase(at, 1);
    } else if (round % 3 == 1) {
      text.insert(text.begin() + static_cast<std::ptrdiff_t>(at), c);
    } else {
      text[at] = c;
    }
    compare(text);
  }
}

TEST_CASE("a number is read only up to its end") {
  const std::string text = "12.5,7";
  const Decimal decimal = read(text);
  CHECK(decimal.value == 12.5);
  CHECK(decimal.end == text.data() + 4);
}

TEST_CASE("what float32 leaves of a number is kept, but of six digits or fewer nothing") {
  const auto residual = [](const std::string& text) {
    const double value = read(text).value;
    return residual_of(value, static_cast<float>(value), text);
  };
  for (const char* text : {"0", "-0", "16777216", "1e30", "0.1", "-123.456", "0.000123456", "3.14159e-7", "0.5",
                           "0.100000000", "-33.3330000"}) {
    CAPTURE(text);
    CHECK((residual(text) == 0.0F || std::string(text) == "1e30"));
  }
  CHECK(residual("1e30") == 0.0F);
  for (const std::string text : {"1764240123", "1764240123.25", "-5412345.67", "48.1234567", "1.000000001", "1e9",
                                 "0.123456789012345", "123456789e-3"}) {
    CAPTURE(text);
    const double value = read(text).value;
    const auto rounded = static_cast<float>(value);
    const double back = static_cast<double>(rounded) + static_cast<double>(residual(text));
    CHECK(std::abs(back - value) <= std::abs(value) * 0x1p-47);
  }
}

TEST_CASE("what rounds beyond the largest float32 is not finite") {
  float rounded = 0.0F;
  CHECK(to_float(3.4028235677973362e38, rounded));
  CHECK(!to_float(3.4028235677973366e38, rounded));
  CHECK(!to_float(-1e39, rounded));
  CHECK(to_float(1e-60, rounded));
  CHECK(rounded == 0.0F);
}
