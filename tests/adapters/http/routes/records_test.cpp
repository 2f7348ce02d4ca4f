#include "adapters/http/routes/records.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "adapters/http/routes/body_hash.hpp"

using namespace altmind;
using namespace altmind::http;
using nlohmann::json;
using Texts = std::vector<std::string>;

namespace {

Texts split(std::string_view body, BodyKind kind = BodyKind::json, std::size_t most = 100) {
  const auto records = split_records(body, kind, most);
  if (records.has_error()) return {"error " + json::parse(records.error().body)["reason"].get<std::string>()};
  return {records->begin(), records->end()};
}

int kind_status(const std::string& type, const std::string& encoding = "") {
  Request request;
  request.headers["content-type"] = type;
  if (!encoding.empty()) request.headers["content-encoding"] = encoding;
  const auto kind = body_kind(request);
  if (kind.has_error()) return kind.error().status;
  return *kind == BodyKind::json ? 1 : 2;
}

json random_value(std::mt19937& random, int depth) {
  const char* const strings[] = {"", "]", "[{", "\\\"]", ",\"", "a\\", "\xc3\xa9\n"};
  switch (random() % (depth > 0 ? 6 : 4)) {
    case 0:
      return random() % 1000;
    case 1:
      return -0.5;
    case 2:
      return nullptr;
    case 3:
      return strings[random() % 7];
    case 4: {
      json list = json::array();
      for (auto i = random() % 4; i > 0; --i) list.push_back(random_value(random, depth - 1));
      return list;
    }
    default: {
      json object = json::object();
      for (auto i = random() % 4; i > 0; --i) object[strings[random() % 7]] = random_value(random, depth - 1);
      return object;
    }
  }
}

}  // namespace

TEST_CASE("an object is one record, a list one for each element") {
  CHECK(split(" {\"a\":1}\r\n") == Texts{"{\"a\":1}"});
  CHECK(split("[1]") == Texts{"1"});
  CHECK(split("\t[ {\"a\":[1,2],\"b\":{\"c\":3}} , 2,\n\"x,]\"] ") ==
        Texts{"{\"a\":[1,2],\"b\":{\"c\":3}}", "2", "\"x,]\""});
  CHECK(split(R"(["\\","\"","]"])") == Texts{R"("\\")", R"("\"")", R"("]")"});
}

TEST_CASE("elements that are missing are records too, so that indices do not shift") {
  CHECK(split("[1,,2]") == Texts{"1", "", "2"});
  CHECK(split("[,]") == Texts{"", ""});
  CHECK(split("[1,]") == Texts{"1", ""});
}

TEST_CASE("bodies without samples and lists without an end are told apart") {
  for (const char* body : {"", "  ", "[]", " [ ] "}) CHECK(split(body) == Texts{"error no_samples"});
  for (const char* body : {"[", "[1", "[1,", "[[1]", "[1]]", "[1] 2", "[\"a", "[\"a\\\"]", "[{]", "[1}", "[}", "x", "1",
                           "\"a\"", "null", "]"})
    CHECK_MESSAGE(split(body) == Texts{"error not_json"}, std::string(body));
}

TEST_CASE("no more than the limit") {
  CHECK(split("[1,2,3]", BodyKind::json, 3).size() == 3);
  CHECK(split("[1,2,3]", BodyKind::json, 2) == Texts{"error too_many_samples"});
  CHECK(split("1\n2\n3\n", BodyKind::ndjson, 3).size() == 3);
  CHECK(split("1\n2\n3", BodyKind::ndjson, 2) == Texts{"error too_many_samples"});
}

TEST_CASE("lines may end with CR LF, blank ones do not count, the last needs no end") {
  CHECK(split("{1}\r\n\n  \r\n {2} \n{3}", BodyKind::ndjson) == Texts{"{1}", "{2}", "{3}"});
  CHECK(split("\n \r\n", BodyKind::ndjson) == Texts{"error no_samples"});
}

TEST_CASE("any list splits into what a JSON parser finds in it") {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    json list = json::array();
    for (auto i = 1 + random() % 5; i > 0; --i) list.push_back(random_value(random, 4));
    const Texts parts = split(list.dump(round % 3 == 0 ? 2 : -1));
    REQUIRE(parts.size() == list.size());
    for (std::size_t i = 0; i < parts.size(); ++i) CHECK(json::parse(parts[i]) == list[i]);
  }
}

TEST_CASE("a depth bomb costs one pass") {
  const std::string bomb = std::string(8 << 20, '[');
  CHECK(split(bomb) == Texts{"error not_json"});
  const std::string balanced = bomb + std::string(8 << 20, ']');
  CHECK(split(balanced).size() == 1);
}

TEST_CASE("the type of a body is JSON, NDJSON or refused") {
  CHECK(!body_kind(Request{}).has_error());
  CHECK(kind_status("application/json") == 1);
  CHECK(kind_status("Application/JSON ; charset=UTF-8") == 1);
  CHECK(kind_status("application/x-ndjson") == 2);
  CHECK(kind_status("application/ndjson;charset=\"utf-8\"") == 2);
  CHECK(kind_status("application/json", "identity") == 1);
  for (const char* type : {"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
                           "application/jsonx", "application/json; charset=latin1", "application/json, text/plain"})
    CHECK_MESSAGE(kind_status(type) == 415, std::string(type));
  CHECK(kind_status("application/json", "gzip") == 415);
}

TEST_CASE("the hash of a body is FNV-1a and never changes") {
  // Published test vectors of the function's authors.
  CHECK(body_hash("") == 0xcbf29ce484222325);
  CHECK(body_hash("a") == 0xaf63dc4c8601ec8c);
  CHECK(body_hash("foobar") == 0x85944171f73967e8);
}
