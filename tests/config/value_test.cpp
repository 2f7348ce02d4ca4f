#include "config/value.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace altmind;
using namespace altmind::config;
using std::chrono::milliseconds;

TEST_CASE("durations have a number and a unit") {
  CHECK(parse_duration("10s") == milliseconds(10'000));
  CHECK(parse_duration("20ms") == milliseconds(20));
  CHECK(parse_duration("5m") == milliseconds(300'000));
  CHECK(parse_duration("1h") == milliseconds(3'600'000));
  CHECK(parse_duration("1.5h") == milliseconds(5'400'000));
  CHECK(parse_duration("0.25s") == milliseconds(250));
  CHECK(parse_duration("0s") == milliseconds(0));
}

TEST_CASE("what is not a whole number of milliseconds is no duration") {
  for (const char* text : {"", "s", "10", "10 s", "10S", "-1s", "+1s", "1.s", ".5s", "1..5s", "1e3s", "0.5ms", "1h30m",
                           "1d", "99999999999999999999s", "10s "}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text));
  }
}

TEST_CASE("durations are written in the largest unit that holds them and read back") {
  CHECK(format_duration(milliseconds(0)) == "0s");
  CHECK(format_duration(milliseconds(90'000)) == "90s");
  CHECK(format_duration(milliseconds(7'200'000)) == "2h");
  for (const std::int64_t count : std::initializer_list<std::int64_t>{
           1, 999, 1000, 1001, 59'999, 60'000, 61'000, 3'599'999, 86'400'000, 29'101'827'519, 31'536'000'000}) {
    CHECK(parse_duration(format_duration(milliseconds(count))) == milliseconds(count));
  }
}

TEST_CASE("sizes have a number and a binary unit") {
  CHECK(parse_size("512B") == 512u);
  CHECK(parse_size("16KiB") == 16384u);
  CHECK(parse_size("64MiB") == 67108864u);
  CHECK(parse_size("1GiB") == 1073741824u);
  CHECK(parse_size("2TiB") == 2199023255552u);
  for (const char* text : {"", "MiB", "64", "64MB", "64mib", "64 MiB", "-1MiB", "1.5GiB", "18446744073709551615KiB",
                           "18446744073709551616B"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_size(text));
  }
}

TEST_CASE("sizes are written with a unit only where it is exact") {
  CHECK(toml_text(size_value(0)) == "0");
  CHECK(toml_text(size_value(1000)) == "1000");
  CHECK(toml_text(size_value(1024)) == "\"1KiB\"");
  CHECK(toml_text(size_value(1536)) == "1536");
  CHECK(toml_text(size_value(3ull << 40)) == "\"3TiB\"");
}

TEST_CASE("numbers are written with every digit and as floating point") {
  CHECK(toml_text(Value(0.1)) == "0.1");
  CHECK(toml_text(Value(1.0 / 255)) == "0.00392156862745098");
  CHECK(toml_text(Value(100000.0)) == "100000.0");
  CHECK(toml_text(Value(-0.0)) == "-0.0");
  CHECK(toml_text(Value(1e22)) == "1e+22");
  CHECK(toml_text(Value(5e-324)) == "5e-324");
}

TEST_CASE("strings are quoted so that TOML reads them back") {
  CHECK(toml_text(Value("a\"b\\c\td\n\x7f")) == "\"a\\\"b\\\\c\\u0009d\\u000A\\u007F\"");
  CHECK(toml_text(Value("\xc3\xa9")) == "\"\xc3\xa9\"");
  CHECK(toml_key("batch_size") == "batch_size");
  CHECK(toml_key("a b") == "\"a b\"");
  CHECK(toml_key("") == "\"\"");
}

TEST_CASE("long values are cut in messages, never within a character") {
  const std::string text = shown(Value(std::string(200, 'x')));
  CHECK(text.size() == 80);
  CHECK(text.ends_with("x..."));
  std::string accents = "\"";
  for (int i = 0; i < 100; ++i) accents += "\xc3\xa9";
  CHECK(valid_utf8(shown(Value(accents))));
  CHECK(valid_utf8(shown(Value("x" + accents))));
}

TEST_CASE("valid UTF-8 is told from invalid") {
  for (const char* good :
       {"", "abc", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf"}) {
    CHECK(valid_utf8(good));
  }
  for (const char* bad : {"\x80", "\xc3", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
                          "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "a\xe2\x82", "\xe2\x28\xa1"}) {
    CHECK_FALSE(valid_utf8(bad));
  }
}
