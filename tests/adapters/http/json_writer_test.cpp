#include "adapters/http/json_writer.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

using altmind::http::JsonWriter;
using nlohmann::json;

namespace {

/// Returns a number as the writer writes it.
template <class Number>
std::string number_text(Number value) {
  std::string out;
  JsonWriter(out).number(value);
  return out;
}

}  // namespace

TEST_CASE("containers nest, and commas stand between members and elements only") {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object().key("a").number(1).key("b").begin_array();
  for (int i = 0; i < 3; ++i) writer.begin_object().key("i").number(i).end_object();
  writer.begin_array().string("x").null().end_array().boolean(true).end_array();
  writer.key("c").begin_object().key("d").boolean(false).end_object().key("e").null().end_object();
  CHECK(out == R"({"a":1,"b":[{"i":0},{"i":1},{"i":2},["x",null],true],"c":{"d":false},"e":null})");
  CHECK(json::parse(out).size() == 4);
}

TEST_CASE("containers may be empty") {
  std::string out;
  JsonWriter writer(out);
  writer.begin_array().begin_object().end_object().begin_array().end_array();
  writer.begin_object().key("").begin_array().end_array().key("k").begin_object().end_object().end_object().end_array();
  CHECK(out == R"([{},[],{"":[],"k":{}}])");
}

TEST_CASE("keys and strings are escaped, and come back from a parser") {
  const std::string odd = "q\" b\\ n\n t\t \x01 \x7f \xc3\xa4 \xf0\x9f\x99\x82";
  std::string out;
  JsonWriter(out).begin_object().key(odd).string(odd).end_object();
  const json read = json::parse(out);
  REQUIRE(read.size() == 1);
  CHECK(read.begin().key() == odd);
  CHECK(read.begin().value() == odd);

  std::string plain;
  JsonWriter(plain).begin_array().string("").string("a'/b").string("\xff").string("\x01").end_array();
  CHECK(plain == "[\"\",\"a'/b\",\"\xef\xbf\xbd\",\"\\u0001\"]");
}

TEST_CASE("numbers have the shortest digits that read back as the same value of their type") {
  CHECK(number_text(0.1F) == "0.1");
  CHECK(number_text(0.1) == "0.1");
  CHECK(number_text(static_cast<double>(0.1F)) == "0.10000000149011612");
  CHECK(number_text(-0.0F) == "-0");
  CHECK(number_text(1e-45F) == "1e-45");
  CHECK(number_text(std::numeric_limits<double>::lowest()) == "-1.7976931348623157e+308");
  CHECK(number_text(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
  CHECK(number_text(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(number_text(std::uint32_t{7}) == "7");
  CHECK(number_text(std::numeric_limits<float>::infinity()) == "null");
  CHECK(number_text(std::numeric_limits<double>::quiet_NaN()) == "null");
}

TEST_CASE("rendered keys and values go in as they are, and the string has them at once") {
  std::string elements;
  JsonWriter list(elements);
  list.number(1).number(2.5);
  CHECK(elements == "1,2.5");

  std::string out = "> ";  // what is there stays
  JsonWriter writer(out);
  writer.begin_object().raw_key(R"("a\"b")").raw("[1]");
  CHECK(out == R"(> {"a\"b":[1])");
  writer.key("data").begin_array().raw(elements).null().end_array().key("none").begin_array().raw("").end_array();
  writer.end_object();
  CHECK(out == R"(> {"a\"b":[1],"data":[1,2.5,null],"none":[]})");
}
