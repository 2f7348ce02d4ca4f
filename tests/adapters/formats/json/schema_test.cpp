// Samples with a schema: equivalent JSON objects and CSV rows, and invalid text.

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "adapters/formats/csv/csv_parser.hpp"
#include "adapters/formats/json/sample_parser.hpp"
#include "core/linalg/random.hpp"

using namespace altmind;
using namespace altmind::formats;
using namespace altmind::ingest;

namespace {

constexpr auto numeric = ColumnType::numeric;
constexpr auto categorical = ColumnType::categorical;

SampleSpec payments() {
  SampleSpec spec{Task::classification, LabelKind::named, 4, 5};
  spec.columns = {{"amount", numeric, ColumnEncoding::onehot, 64, Missing::refuse},
                  {"age", numeric, ColumnEncoding::onehot, 64, Missing::flag},
                  {"country", categorical, ColumnEncoding::onehot, 3, Missing::flag},
                  {"street", categorical, ColumnEncoding::hashed, 16, Missing::refuse}};
  return spec;
}

std::optional<Reason> refusal_of_features(const std::string& features) {
  SampleParser parser(payments());
  Samples into;
  const auto rejection = parser.parse(R"({"features":)" + features + R"(,"label":"x"})", into);
  if (!rejection) return std::nullopt;
  CHECK(into == Samples{});
  CHECK(!rejection->message.empty());
  return rejection->reason;
}

/// Returns the cells with words instead of word numbers, so that blocks can be compared.
std::vector<std::string> content(const Samples& samples) {
  std::vector<std::string> out;
  for (std::size_t k = 0; k < samples.x.size(); ++k) {
    if (is_missing(samples.x[k])) {
      out.emplace_back("missing");
    } else if (k % 4 == 2) {
      out.push_back(samples.words[word_of(samples.x[k])]);
    } else {
      out.push_back(std::to_string(samples.x[k]));
    }
  }
  return out;
}

}  // namespace

TEST_CASE("schema: a JSON object and a CSV row that say the same are the same sample") {
  SampleParser json(payments());
  CsvParser csv({true, "label", {}}, payments());
  REQUIRE(!csv.set_header("ignored,street,age,label,amount,country"));
  Random random(1);
  Samples from_json;
  Samples from_csv;
  for (int i = 0; i < 500; ++i) {
    const std::string amount = std::to_string(static_cast<double>(random.below(1'000'000)) / 64.0);
    const std::string street = "street " + std::to_string(random.below(40));
    const std::string age = random.below(3) == 0 ? "" : std::to_string(random.below(99));
    const std::string country = random.below(4) == 0 ? "" : std::string(1, static_cast<char>('A' + random.below(6)));
    nlohmann::json features = {{"street", street}, {"amount", nlohmann::json::parse(amount)}};
    if (!age.empty() || random.below(2) == 0)
      features["age"] = age.empty() ? nlohmann::json() : nlohmann::json::parse(age);
    if (!country.empty()) features["country"] = country;
    const std::string label = std::string("l").append(std::to_string(i % 3));
    const nlohmann::json object = {{"features", features}, {"label", label}};
    const auto refused = json.parse(object.dump(), from_json);
    CAPTURE((refused ? refused->message : ""));
    REQUIRE(!refused);
    REQUIRE(!csv.parse("x,\"" + street + "\"," + age + ",l" + std::to_string(i % 3) + "," + amount + "," + country,
                       from_csv));
  }
  CHECK(from_json.count == 500);
  CHECK(content(from_json) == content(from_csv));
  CHECK(from_json.name == from_csv.name);
}

TEST_CASE("schema: what a JSON object may not say") {
  CHECK(!refusal_of_features(R"({"amount":1,"street":"a"})"));
  CHECK(!refusal_of_features(R"({"amount":1,"street":7,"country":true,"age":null})"));
  CHECK(refusal_of_features(R"({"street":"a"})") == Reason::features_missing);
  CHECK(refusal_of_features(R"({"amount":null,"street":"a"})") == Reason::features_missing);
  CHECK(refusal_of_features(R"({"amount":1})") == Reason::features_missing);
  CHECK(refusal_of_features(R"({"amount":1,"street":""})") == Reason::features_missing);
  CHECK(refusal_of_features(R"({"amount":1,"street":"a","height":2})") == Reason::unknown_key);
  CHECK(refusal_of_features(R"({"amount":1,"street":"a","amount":2})") == Reason::duplicate_key);
  CHECK(refusal_of_features(R"({"amount":"1","street":"a"})") == Reason::not_a_number);
  CHECK(refusal_of_features(R"({"amount":true,"street":"a"})") == Reason::not_a_number);
  CHECK(refusal_of_features(R"({"amount":1e39,"street":"a"})") == Reason::not_finite);
  CHECK(refusal_of_features(R"({"amount":1e999,"street":"a"})") == Reason::not_finite);
  CHECK(refusal_of_features(R"({"amount":[1],"street":"a"})") == Reason::too_deep);
  CHECK(refusal_of_features(R"({"amount":1,"street":{}})") == Reason::too_deep);
  CHECK(refusal_of_features(R"({"amount":1,"street":")" + std::string(257, 'a') + "\"}") == Reason::not_a_category);
  CHECK(refusal_of_features("[1,2,3,4]") == Reason::not_a_number);
  CHECK(refusal_of_features("null") == Reason::not_a_number);
  CHECK(refusal_of_features(R"({"amount":01,"street":"a"})") == Reason::not_json);
  CHECK(refusal_of_features(R"({"amount":1,"street":"a)") == Reason::not_json);
  CHECK(refusal_of_features(R"({"height":[[1]],"amount":1,"street":"a"})") == Reason::too_deep);
}

TEST_CASE("schema: a label is checked as ever, and a refused sample leaves no word behind") {
  SampleParser parser(payments());
  Samples into;
  CHECK(parser.parse(R"({"features":{"amount":1,"street":"a","country":"X"}})", into)->reason == Reason::label_missing);
  CHECK(parser.parse(R"({"label":"x","features":{"amount":1,"country":"X"}})", into)->reason ==
        Reason::features_missing);
  CHECK(into == Samples{});
  CHECK(parser.parse(R"({"label":"x"})", into)->reason == Reason::features_missing);
  std::string id;
  CHECK(!parser.parse_features(R"({"id":"q","features":{"amount":1,"street":"a","country":"X"}})", into, &id));
  CHECK(id == "\"q\"");
  CHECK(into.count == 1);
  CHECK(into.name.empty());
}

TEST_CASE("schema: escaped keys and names are the same as plain ones") {
  SampleParser parser(payments());
  Samples into;
  REQUIRE(!parser.parse(R"({"features":{"amo\u0075nt":1,"street":"a","country":"D\u0045"},"label":"x"})", into));
  CHECK(into.words[word_of(into.x[2])] == "DE");
}

TEST_CASE("schema: damaged text is refused or is one valid sample") {
  const SampleSpec spec = payments();
  SampleParser json(spec);
  CsvParser csv({true, "label", {}}, spec);
  REQUIRE(!csv.set_header("street,age,label,amount,country"));
  const std::string lines[2] = {
      R"({"features":{"amount":12.5,"age":null,"country":"DE","street":"a b"},"label":"fraud","id":7})",
      R"("a ""b""",,fraud,12.5,DE)"};
  const std::string bytes = "\"{}[],:0123456789.eE+-ntrueNaN\\\x00\xff\xc3 ";
  Random random(77);
  std::size_t accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    const bool is_json = round % 2 == 0;
    std::string text = lines[is_json ? 0 : 1];
    for (std::uint64_t n = 1 + random.below(4); n > 0 && !text.empty(); --n) {
      const std::size_t at = random.below(text.size());
      if (random.below(3) == 0) {
        text.erase(at, 1 + random.below(8));
      } else if (random.below(2) == 0) {
        text.insert(at, 1, bytes[random.below(bytes.size())]);
      } else {
        text[at] = bytes[random.below(bytes.size())];
      }
    }
    Samples into;
    const auto rejection = is_json ? json.parse(text, into) : csv.parse(text, into);
    CAPTURE(text);
    if (rejection) {
      REQUIRE(into == Samples{});
      REQUIRE(!rejection->message.empty());
      continue;
    }
    ++accepted;
    REQUIRE(into.count == 1);
    REQUIRE(into.x.size() == 4);
    REQUIRE(into.name.size() == 1);
    REQUIRE(std::isfinite(into.x[0]));
    REQUIRE(!std::isinf(into.x[1]));
    REQUIRE((is_missing(into.x[2]) || word_of(into.x[2]) < into.words.size()));
    REQUIRE((into.x[3] >= 0.0F && into.x[3] < 16.0F));
  }
  CHECK(accepted > 500);
}

TEST_CASE("schema: the bucket of a hashed category is FNV-1a's remainder") {
  // The published test vectors of the hash: "", "a", "foobar".
  CHECK(category_bucket("", 1'000'003) == 0xcbf29ce484222325U % 1'000'003);
  CHECK(category_bucket("a", 1'000'003) == 0xaf63dc4c8601ec8cU % 1'000'003);
  CHECK(category_bucket("foobar", 1'000'003) == 0x85944171f73967e8U % 1'000'003);
}
