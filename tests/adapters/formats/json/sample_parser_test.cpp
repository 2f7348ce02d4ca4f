#include "adapters/formats/json/sample_parser.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace altmind;
using namespace altmind::formats;
using namespace altmind::ingest;

namespace {

const SampleSpec two_of_ten{Task::classification, LabelKind::index, 2, 10};

std::optional<Rejection> rejection(const SampleSpec& spec, std::string_view text) {
  SampleParser parser(spec);
  Samples into;
  auto result = parser.parse(text, into);
  if (result) {
    CHECK(into == Samples{});
    CHECK(!result->message.empty());
  }
  return result;
}

std::optional<Reason> refusal(std::string_view text, const SampleSpec& spec = two_of_ten) {
  const auto result = rejection(spec, text);
  return result ? std::optional(result->reason) : std::nullopt;
}

Samples taken(const SampleSpec& spec, std::string_view text) {
  SampleParser parser(spec);
  Samples into;
  const auto result = parser.parse(text, into);
  CAPTURE(text);
  CAPTURE((result ? result->message : std::string()));
  REQUIRE(!result);
  CHECK(into.count == 1);
  return into;
}

std::string with_features(const std::string& list) {
  return R"({"features":[)" + list + R"(],"label":3})";
}

}  // namespace

TEST_CASE("a sample is read whatever the order and the space") {
  for (const char* text :
       {R"({"features":[1,2],"label":3})", R"({"label":3,"features":[1,2]})", R"({"label": 3, "features": [1, 2]})",
        " {\t\"features\" :\r[ 1 ,2 ] , \"label\" : 3 } ", R"({"features":[1,2],"label":3,"id":"a"})",
        R"({"id":7,"features":[1,2],"label":3})", R"({"feat\u0075res":[1.0,2e0],"label":3,"id":"\u00e9"})",
        R"({"features":[100e-2,0.2E+1],"label":3})", "{\"features\":[1,2],\"label\":3,\"id\":\"\xC3\xA9\"}"}) {
    const Samples sample = taken(two_of_ten, text);
    CHECK(sample.x == std::vector<float>{1, 2});
    CHECK(sample.label == std::vector<std::uint32_t>{3});
    CHECK(sample.name.empty());
    CHECK(sample.target.empty());
  }
}

TEST_CASE("samples are appended one after the other and a refused one leaves no trace") {
  SampleParser parser(two_of_ten);
  Samples into;
  CHECK(!parser.parse(with_features("1,2"), into));
  CHECK(parser.parse(with_features("1,1e39"), into));
  CHECK(parser.parse(R"({"features":[8,9],"label":10})", into));
  CHECK(!parser.parse(with_features("4,5"), into));
  CHECK(into.x == std::vector<float>{1, 2, 4, 5});
  CHECK(into.label == std::vector<std::uint32_t>{3, 3});
  CHECK(into.count == 2);
}

TEST_CASE("numbers are read as double and rounded to float32") {
  CHECK(taken(two_of_ten, with_features("0.1,16777217")).x == std::vector<float>{0.1F, 16777216.0F});
  CHECK(taken(two_of_ten, with_features("3.4028235677973362e38,-0.0")).x ==
        std::vector<float>{3.4028234663852886e38F, 0.0F});
  CHECK(taken(two_of_ten, with_features("123456789012345678901234567890,1e-400")).x ==
        std::vector<float>{1.2345679e29F, 0.0F});
}

TEST_CASE("what is not JSON is refused as that, whatever else is wrong") {
  for (const char* text : {"",
                           " ",
                           "x",
                           "null",
                           "3",
                           "\"x\"",
                           "[]",
                           "[1,2]",
                           "{",
                           "}",
                           "{}}",
                           "{]",
                           R"({"features":[1,2],"label":3)",
                           R"({"features":[1,2],"label":3}})",
                           R"({"features":[1],"label":0} x)",
                           R"({"features":[1,2],"label":3},)",
                           R"({"features":[1,2],"label":3}{"features":[1,2],"label":3})",
                           R"({"features":[1,2],"label":3,})",
                           R"({"features":[1,2,],"label":3})",
                           R"({"features":[,1,2],"label":3})",
                           R"({"features":[1 2],"label":3})",
                           R"({"features":[1,2]"label":3})",
                           R"({"features":[1,2] "label":3})",
                           R"({"features" [1,2],"label":3})",
                           R"({features:[1,2],"label":3})",
                           R"({'features':[1,2],"label":3})",
                           R"({"features":[1,2},"label":3})",
                           R"({"features":[1,2],"label":03})",
                           R"({"features":[1,2],"label":+3})",
                           R"({"features":[1,2],"label":"3})",
                           R"({"features":[1,2],"label":"\x"})",
                           R"({"features":[1,2],"label":"\ud800"})",
                           "{\"features\":[1,2],\"label\":\"\t\"}",
                           R"({"features":[1,2],"label":tru})",
                           R"({"features":[1,2],"label":truex})",
                           R"({"features":[1,2],"label":nul})",
                           R"({"features":["a",1,2],"label":})",
                           R"({"zzz":1,"features":[1,2],"label":3)",
                           R"({"features":[1,"x"],"label":0)",
                           R"({"features":[1e39,2],"label":3]})",
                           R"({"features":[1,2],"label":3} // comment)",
                           "\xEF\xBB\xBF{\"features\":[1,2],\"label\":3}"}) {
    CAPTURE(text);
    CHECK(refusal(text) == Reason::not_json);
  }
  for (const char* number : {"01", "-", "+1", ".5", "1.", "1e", "NaN", "nan", "Infinity", "-Infinity", "inf", "0x1",
                             "1_0", "1a", "00", "--1", "-01"}) {
    CAPTURE(number);
    CHECK(refusal(with_features(std::string("1,") + number)) == Reason::not_json);
    CHECK(refusal(with_features(std::string(number) + ",1")) == Reason::not_json);
  }
}

TEST_CASE("a NUL byte is refused wherever it stands") {
  const std::string good = R"({"features":[0,1],"label":3,"id":true})";
  for (std::size_t at = 0; at <= good.size(); ++at) {
    std::string text = good;
    text.insert(at, 1, '\0');
    CAPTURE(at);
    CHECK(refusal(text) == Reason::not_json);
  }
  CHECK(refusal(std::string("123\0", 4)) == Reason::not_json);
}

TEST_CASE("what is not UTF-8 is refused as that") {
  for (const char* bytes : {"\xFF", "\xC3", "\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\x80"}) {
    CHECK(refusal(R"({"features":[1,2],"label":3,"id":")" + std::string(bytes) + "\"}") == Reason::not_utf8);
    CHECK(refusal(with_features("1,2" + std::string(bytes))) == Reason::not_utf8);
  }
}

TEST_CASE("keys stand once and are known") {
  CHECK(refusal(R"({"features":[1,2],"label":3,"label":3})") == Reason::duplicate_key);
  CHECK(refusal(R"({"features":[1,2],"features":[1,2],"label":3})") == Reason::duplicate_key);
  CHECK(refusal(R"({"features":[1,2],"label":3,"feat\u0075res":[1,2]})") == Reason::duplicate_key);
  CHECK(refusal(R"({"id":1,"id":2,"features":[1,2],"label":3})") == Reason::duplicate_key);
  CHECK(refusal(R"({"label":null,"label":3,"features":[1,2]})") == Reason::duplicate_key);
  CHECK(refusal(R"({"features":[1,2],"label":3,"weight":1})") == Reason::unknown_key);
  CHECK(refusal(R"({"features":[1,2],"label":3,"Label":1})") == Reason::unknown_key);
  CHECK(refusal(R"({"features":[1,2],"label":3,"":{"a":1}})") == Reason::unknown_key);
  CHECK(refusal(R"({"features":[1,2],"label":3,"id":null})") == Reason::unknown_key);
  CHECK(refusal(R"({"features":[1,2],"label":3,"id":true})") == Reason::unknown_key);
  CHECK(rejection(two_of_ten, R"({"features":[1,2],"label":3,"weight":1})")->message ==
        "\"weight\": unknown key; known are features, label, id");
}

TEST_CASE("what is nested too deep is refused without looking further") {
  CHECK(refusal(with_features("[1],2")) == Reason::too_deep);
  CHECK(refusal(with_features("{},2")) == Reason::too_deep);
  CHECK(refusal(R"({"features":[1,2],"label":[[3]]})") == Reason::too_deep);
  CHECK(refusal(R"({"features":[1,2],"label":{"a":{}}})") == Reason::too_deep);
  const std::string lists = std::string(100'000, '[') + std::string(100'000, ']');
  CHECK(refusal(R"({"features":)" + lists + "}") == Reason::too_deep);
  CHECK(refusal(R"({"unknown":)" + lists + "}") == Reason::too_deep);
  CHECK(refusal(lists) == Reason::not_json);
  std::string bomb;
  for (int i = 0; i < 50'000; ++i) bomb += R"({"features":)";
  CHECK(refusal(bomb) == Reason::not_json);
  CHECK(refusal(bomb + "1" + std::string(50'000, '}')) == Reason::too_deep);
}

TEST_CASE("features are a list of finite numbers of the right count") {
  CHECK(refusal(R"({"label":3})") == Reason::features_missing);
  CHECK(refusal("{}") == Reason::features_missing);
  CHECK(rejection(two_of_ten, with_features("1"))->message == "features: expected 2 numbers, got 1");
  CHECK(refusal(with_features("1,2,3")) == Reason::wrong_dimension);
  CHECK(refusal(with_features("")) == Reason::wrong_dimension);
  for (const char* other : {"null", "3", "\"1,2\"", "true", "{}"}) {
    CHECK(refusal(std::string(R"({"label":3,"features":)") + other + "}") == Reason::not_a_number);
  }
  for (const char* element : {"\"2\"", "true", "null"}) {
    CHECK(refusal(with_features(std::string("1,") + element)) == Reason::not_a_number);
  }
  CHECK(rejection(two_of_ten, with_features("1,null"))->message == "features[1]: must be a number, got null");
  for (const char* number : {"1e39", "-1e39", "1e999", "-1e999", "3.4028235677973366e38", "1e99999999999999999999"}) {
    CHECK(refusal(with_features(std::string("1,") + number)) == Reason::not_finite);
    CHECK(refusal(with_features(std::string(number) + ",1")) == Reason::not_finite);
  }
  const SampleSpec mnist{Task::classification, LabelKind::index, 784, 10};
  std::string zeros = "0";
  for (int i = 1; i < 783; ++i) zeros += ",0";
  CHECK(rejection(mnist, with_features(zeros))->message == "features: expected 784 numbers, got 783");
  CHECK(refusal(with_features(zeros + ",0"), mnist) == std::nullopt);
  CHECK(refusal(with_features(zeros + ",0,0"), mnist) == Reason::wrong_dimension);
}

TEST_CASE("a class index is an integer written with digits, below the number of classes") {
  CHECK(taken(two_of_ten, R"({"features":[1,2],"label":0})").label.front() == 0);
  CHECK(taken(two_of_ten, R"({"features":[1,2],"label":9})").label.front() == 9);
  for (const char* label :
       {"10", "-1", "3.0", "3e0", "-0", "4294967296", "18446744073709551619", "\"3\"", "true", "[]", "[3]", "{}"}) {
    CAPTURE(label);
    CHECK(refusal(std::string(R"({"features":[1,2],"label":)") + label + "}") == Reason::label_out_of_range);
  }
  CHECK(rejection(two_of_ten, R"({"features":[1,2],"label":10})")->message ==
        "label: must be an integer from 0 to 9, got 10");
  CHECK(refusal(R"({"features":[1,2],"label":1e999})") == Reason::not_finite);
  CHECK(refusal(R"({"features":[1,2],"label":null})") == Reason::label_missing);
  CHECK(refusal(R"({"features":[1,2]})") == Reason::label_missing);
}

TEST_CASE("a class name is a number's text or a string") {
  const SampleSpec named{Task::classification, LabelKind::named, 1, 10};
  const auto name = [&](const std::string& label) {
    const Samples sample = taken(named, R"({"features":[1],"label":)" + label + "}");
    CHECK(sample.label.empty());
    return sample.name.front();
  };
  CHECK(name("3") == "3");
  CHECK(name("\"3\"") == "3");
  CHECK(name("3.0") == "3.0");
  CHECK(name("-1e5") == "-1e5");
  CHECK(name("\"\\u0063at\"") == "cat");
  CHECK(name("\"\\ud83d\\ude00\"") == "\xF0\x9F\x98\x80");
  CHECK(name("\"\xC3\xA9\"") == "\xC3\xA9");
  CHECK(name("\"" + std::string(256, 'x') + "\"") == std::string(256, 'x'));
  for (const std::string& label : {std::string("\"\""), "\"" + std::string(257, 'x') + "\"", std::string("true"),
                                   std::string("[1]"), std::string("{}")}) {
    CHECK(refusal(R"({"features":[1],"label":)" + label + "}", named) == Reason::label_out_of_range);
  }
  CHECK(refusal(R"({"features":[1],"label":null})", named) == Reason::label_missing);
}

TEST_CASE("a regression label is a number or a list of as many as there are outputs") {
  const SampleSpec one{Task::regression, LabelKind::index, 1, 1};
  const SampleSpec three{Task::regression, LabelKind::index, 1, 3};
  const auto text = [](const std::string& label) { return R"({"features":[1],"label":)" + label + "}"; };
  CHECK(taken(one, text("-2.5")).target == std::vector<float>{-2.5F});
  CHECK(taken(one, text("[4]")).target == std::vector<float>{4});
  CHECK(taken(three, text("[1, 2e0,3]")).target == std::vector<float>{1, 2, 3});
  CHECK(refusal(text("1"), three) == Reason::wrong_dimension);
  CHECK(refusal(text("[1,2]"), three) == Reason::wrong_dimension);
  CHECK(refusal(text("[]"), one) == Reason::wrong_dimension);
  CHECK(refusal(text("[1,2,\"3\"]"), three) == Reason::not_a_number);
  CHECK(refusal(text("[1,2,1e39]"), three) == Reason::not_finite);
  CHECK(refusal(text("1e39"), one) == Reason::not_finite);
  CHECK(refusal(text("\"1\""), one) == Reason::not_a_number);
  CHECK(refusal(text("{}"), one) == Reason::not_a_number);
  CHECK(refusal(text("null"), one) == Reason::label_missing);
}

TEST_CASE("features to predict from need no label, and give back the id as it was written") {
  SampleParser parser(two_of_ten);
  Samples samples;
  std::vector<float>& x = samples.x;
  x = {7};
  std::string id = "old";
  CHECK(!parser.parse_features(R"({"features":[1,2]})", samples, &id));
  CHECK(id.empty());
  CHECK(!parser.parse_features(R"({"id":"a","features":[3,4],"label":"anything"})", samples, &id));
  CHECK(id == "\"a\"");
  CHECK(!parser.parse_features(R"({"id": 1.50 ,"features":[5,6],"label":{"a":[1]})", samples, &id).has_value() ==
        false);
  CHECK(!parser.parse_features(R"({"id": 1.50 ,"features":[5,6],"label":{"a":1}})", samples, &id));
  CHECK(id == "1.50");
  CHECK(!parser.parse_features(R"({"features":[7,8],"id":"\u00e9\n"})", samples, &id));
  CHECK(id == R"("\u00e9\n")");
  CHECK(!parser.parse_features(R"({"features":[9,9]})", samples, nullptr));
  CHECK(x == std::vector<float>{7, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9});
  CHECK(parser.parse_features(R"({"features":[1]})", samples, &id)->reason == Reason::wrong_dimension);
  CHECK(parser.parse_features(R"({"label":1})", samples, &id)->reason == Reason::features_missing);
  CHECK(parser.parse_features(R"({"features":[1,2],"label":})", samples, &id)->reason == Reason::not_json);
  CHECK(x.size() == 11);
}

TEST_CASE("a very long record is read like any other, and so are those after it") {
  SampleParser parser(two_of_ten);
  const std::string id = "\"\\u00e9" + std::string(1 << 20, 'x') + "\"";
  for (int round = 0; round < 3; ++round) {
    Samples samples;
    std::vector<float>& x = samples.x;
    std::string got;
    CHECK(!parser.parse_features(R"({"features":[1,2],"id":)" + id + "}", samples, &got));
    CHECK(got == id);
    CHECK(!parser.parse_features(R"({"features":[3,4],"id":"\u00e9"})", samples, &got));
    CHECK(got == R"("\u00e9")");
    CHECK(x == std::vector<float>{1, 2, 3, 4});
  }
}
