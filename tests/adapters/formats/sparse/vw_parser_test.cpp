#include "adapters/formats/sparse/vw_parser.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "core/linalg/random.hpp"

using namespace altmind;
using namespace altmind::formats;
using namespace altmind::ingest;

namespace {

SampleSpec spec_of(LabelKind labels = LabelKind::named) {
  SampleSpec spec{Task::classification, labels, 5, 3};
  spec.columns = {{"price", ColumnType::numeric},
                  {"house^size", ColumnType::numeric},
                  {"age", ColumnType::numeric, ColumnEncoding::onehot, 64, Missing::mean},
                  {"colour", ColumnType::categorical, ColumnEncoding::onehot, 4, Missing::flag},
                  {"os", ColumnType::categorical, ColumnEncoding::hashed, 8, Missing::flag}};
  return spec;
}

Samples taken(std::string_view line, const SampleSpec& spec = spec_of()) {
  VwParser parser(spec);
  Samples into;
  const auto rejection = parser.parse(line, into);
  CAPTURE(line);
  CAPTURE((rejection ? rejection->message : std::string()));
  REQUIRE(!rejection);
  CHECK(into.count == 1);
  return into;
}

std::optional<Reason> refusal_of_vw(std::string_view line, const SampleSpec& spec = spec_of()) {
  VwParser parser(spec);
  Samples into;
  const auto rejection = parser.parse(line, into);
  CHECK(into == (rejection ? Samples{} : into));
  return rejection ? std::optional(rejection->reason) : std::nullopt;
}

}  // namespace

TEST_CASE("vw: names are found with their namespace, then without it") {
  const Samples sample = taken("1 |house size:3 price:-2.5 age |car colour=red");
  CHECK(sample.x[0] == -2.5F);
  CHECK(sample.x[1] == 3.0F);
  CHECK(sample.x[2] == 1.0F);  // an absent value is 1
  CHECK(sample.words[word_of(sample.x[3])] == "red");
  CHECK(is_missing(sample.x[4]));
  CHECK(sample.name == std::vector<std::string>{"1"});
  CHECK(refusal_of_vw("1 | size:3") == Reason::unknown_key);  // only in its namespace
}

TEST_CASE("vw: what does not stand there is 0, unless its column has a missing value") {
  const Samples sample = taken("1 |");
  CHECK(sample.x[0] == 0.0F);
  CHECK(sample.x[1] == 0.0F);
  for (int j = 2; j < 5; ++j) CHECK(is_missing(sample.x[static_cast<std::size_t>(j)]));
}

TEST_CASE("vw: a category is a value, key=value, or a word of the namespace with the column's name") {
  for (const char* line :
       {"1 | colour:red", "1 |x colour=red", "1 |x colour=red:1.0", "1 |colour red", "1 |colour red:1"}) {
    const Samples sample = taken(line);
    CHECK(sample.words[word_of(sample.x[3])] == "red");
  }
  CHECK(taken("1 |os linux").x[4] == static_cast<float>(category_bucket("linux", 8)));
  CHECK(refusal_of_vw("1 |colour red:2") == Reason::not_a_number);
  CHECK(refusal_of_vw("1 |colour red green") == Reason::duplicate_key);
  CHECK(refusal_of_vw("1 | colour=red colour=red") == Reason::duplicate_key);
}

TEST_CASE("vw: tags are passed over, and so is an importance of 1") {
  for (const char* line : {"1 'tag| price:2", "1 'tag | price:2", "1 1.0 'tag|x:1 price:2", "1 tag| price:2",
                           "1 1 | price:2", "+1 |a price:2", "1\t|a price:2"}) {
    const Samples sample = taken(line);
    CHECK(sample.x[0] == 2.0F);
    CHECK(sample.name == std::vector<std::string>{"1"});
  }
}

TEST_CASE("vw: what altmind does not learn is refused") {
  CHECK(refusal_of_vw("1 2.0 | price:2") == Reason::unknown_key);
  CHECK(refusal_of_vw("1 1 0.5 | price:2") == Reason::unknown_key);
  CHECK(refusal_of_vw("1 1 1 1 1 | price:2") == Reason::unknown_key);
  CHECK(refusal_of_vw("1 |x:0.5 price:2") == Reason::unknown_key);
  CHECK(refusal_of_vw("1:0.5 2:1 | price:2") == Reason::label_out_of_range);
  CHECK(refusal_of_vw("1,2 | price:2") == Reason::label_out_of_range);
  CHECK(refusal_of_vw("1| price:2") == Reason::label_missing);  // a tag
  CHECK(refusal_of_vw("| price:2") == Reason::label_missing);
  CHECK(refusal_of_vw("1 price:2") == Reason::features_missing);
  CHECK(refusal_of_vw("1 | height:2") == Reason::unknown_key);
  CHECK(refusal_of_vw("1 | price:x") == Reason::not_a_number);
  CHECK(refusal_of_vw("1 | price:") == Reason::features_missing);
  CHECK(refusal_of_vw("1 | price:1e40") == Reason::not_finite);
  CHECK(refusal_of_vw("1 | price:1 |b price:1") == Reason::duplicate_key);
  CHECK(refusal_of_vw("\xff | price:1") == Reason::not_utf8);
}

TEST_CASE("vw: labels of one-against-all are names, or indices with one to spare") {
  const SampleSpec index = spec_of(LabelKind::index);
  CHECK(taken("2 | price:1", index).label == std::vector<std::uint32_t>{2});
  CHECK(refusal_of_vw("3 | price:1", index) == Reason::label_out_of_range);
  CHECK(refusal_of_vw("-1 | price:1", index) == Reason::label_out_of_range);
  SampleSpec regression = spec_of();
  regression.task = Task::regression;
  regression.labels = LabelKind::index;
  regression.outputs = 1;
  CHECK(taken("-3.5 | price:1", regression).target == std::vector<float>{-3.5F});
}

TEST_CASE("vw: damaged text is refused or is one valid sample") {
  VwParser parser(spec_of());
  Random random(6);
  const std::string bytes = "|:= '^0123456789.-+eabcprise\xff\x00\t,";
  std::size_t accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = "1 1 'tag|house size:3 price:2 |x colour=red age:4 |os linux";
    for (std::uint64_t n = 1 + random.below(3); n > 0; --n) {
      const std::size_t at = random.below(text.size());
      if (random.below(3) == 0) {
        text.erase(at, 1 + random.below(5));
      } else {
        text[at] = bytes[random.below(bytes.size())];
      }
    }
    CAPTURE(text);
    Samples into;
    if (const auto rejection = parser.parse(text, into)) {
      REQUIRE(into == Samples{});
      REQUIRE(!rejection->message.empty());
      continue;
    }
    ++accepted;
    REQUIRE(into.x.size() == 5);
    REQUIRE(into.name.size() == 1);
    REQUIRE(std::isfinite(into.x[0]));
    REQUIRE(std::isfinite(into.x[1]));
    REQUIRE((is_missing(into.x[3]) || word_of(into.x[3]) < into.words.size()));
  }
  CHECK(accepted > 500);
}
