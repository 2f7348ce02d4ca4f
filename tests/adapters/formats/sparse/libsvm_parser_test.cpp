#include "adapters/formats/sparse/libsvm_parser.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "core/linalg/random.hpp"

using namespace altmind;
using namespace altmind::formats;
using namespace altmind::ingest;

namespace {

const SampleSpec plain{Task::classification, LabelKind::index, 4, 3};

SampleSpec named() {
  SampleSpec spec = plain;
  spec.labels = LabelKind::named;
  return spec;
}

Samples taken(const SampleSpec& spec, std::string_view line) {
  LibsvmParser parser(spec);
  Samples into;
  const auto rejection = parser.parse(line, into);
  CAPTURE((rejection ? rejection->message : std::string()));
  REQUIRE(!rejection);
  CHECK(into.count == 1);
  return into;
}

std::optional<Reason> refusal_of_libsvm(std::string_view line, const SampleSpec& spec = plain) {
  LibsvmParser parser(spec);
  Samples into;
  const auto rejection = parser.parse(line, into);
  CHECK(into == (rejection ? Samples{} : into));
  return rejection ? std::optional(rejection->reason) : std::nullopt;
}

}  // namespace

TEST_CASE("libsvm: indices from 1, and what does not stand there is 0") {
  const Samples sample = taken(plain, "2 4:-1.5 1:+.5\t3:1e2  # a remark 2:9");
  CHECK(sample.x == std::vector<float>{0.5F, 0, 100, -1.5F});
  CHECK(sample.label == std::vector<std::uint32_t>{2});
  CHECK(taken(plain, "1").x == std::vector<float>{0, 0, 0, 0});
  CHECK(taken(plain, "1.0 2:3").label == std::vector<std::uint32_t>{1});
}

TEST_CASE("libsvm: without a schema index 0 has the place that the last index has elsewhere") {
  CHECK(taken(plain, "1 0:5 1:6 3:8").x == std::vector<float>{6, 0, 8, 5});
  CHECK(taken(plain, "1 1:6 3:8 4:5").x == std::vector<float>{6, 0, 8, 5});
  CHECK(refusal_of_libsvm("1 0:5 4:6") == Reason::duplicate_key);
}

TEST_CASE("libsvm: one class has one name, and a missing label is none") {
  for (const char* one : {"1 1:1", "+1 1:1", "1.0 1:1", "1e0 1:1"}) {
    CHECK(taken(named(), one).name == std::vector<std::string>{"1"});
  }
  CHECK(refusal_of_libsvm("? 1:1", named()) == Reason::label_missing);
  CHECK(refusal_of_libsvm("NaN 1:1", named()) == Reason::label_missing);
}

TEST_CASE("libsvm: labels are indices, names or targets") {
  CHECK(taken(named(), "+1 1:1").name == std::vector<std::string>{"1"});
  CHECK(taken(named(), "-1 1:1").name == std::vector<std::string>{"-1"});
  SampleSpec regression{Task::regression, LabelKind::index, 4, 1};
  CHECK(taken(regression, "-2.5e3 1:1").target == std::vector<float>{-2500});
  CHECK(refusal_of_libsvm("x 1:1", regression) == Reason::not_a_number);
  CHECK(refusal_of_libsvm("1e60 1:1", regression) == Reason::not_finite);
  CHECK(refusal_of_libsvm("-1 1:1") == Reason::label_out_of_range);
  CHECK(refusal_of_libsvm("3 1:1") == Reason::label_out_of_range);
  CHECK(refusal_of_libsvm("1,2 1:1") == Reason::label_missing);
  CHECK(refusal_of_libsvm("1:1") == Reason::label_missing);
  CHECK(refusal_of_libsvm("") == Reason::label_missing);
  CHECK(refusal_of_libsvm("# nothing") == Reason::label_missing);
}

TEST_CASE("libsvm: what a feature may not be") {
  CHECK(refusal_of_libsvm("1 5:1") == Reason::wrong_dimension);
  CHECK(refusal_of_libsvm("1 -1:1") == Reason::wrong_dimension);
  CHECK(refusal_of_libsvm("1 99999999999999999999:1") == Reason::wrong_dimension);
  CHECK(refusal_of_libsvm("1 x:1") == Reason::wrong_dimension);
  CHECK(refusal_of_libsvm("1 qid:1 1:1") == Reason::unknown_key);
  CHECK(refusal_of_libsvm("1 2:1 2:1") == Reason::duplicate_key);
  CHECK(refusal_of_libsvm("1 2") == Reason::not_a_number);
  CHECK(refusal_of_libsvm("1 2:x") == Reason::not_a_number);
  CHECK(refusal_of_libsvm("1 2:") == Reason::features_missing);
  CHECK(refusal_of_libsvm("1 2:inf") == Reason::not_finite);
  CHECK(refusal_of_libsvm("1 2:1e39") == Reason::not_finite);
  CHECK(refusal_of_libsvm("1 2:\xff") == Reason::not_utf8);
}

TEST_CASE("libsvm: with a schema an index is a column") {
  SampleSpec spec = named();
  spec.inputs = 2;
  spec.columns = {{"age", ColumnType::numeric, ColumnEncoding::onehot, 1, Missing::flag},
                  {"colour", ColumnType::categorical, ColumnEncoding::onehot, 4, Missing::flag}};
  const Samples sample = taken(spec, "a 2:red");
  CHECK(is_missing(sample.x[0]));  // its column defines the replacement
  CHECK(sample.words[word_of(sample.x[1])] == "red");
  CHECK(is_missing(taken(spec, "a 1:3").x[1]));
}

TEST_CASE("libsvm: damaged text is refused or is one valid sample") {
  LibsvmParser parser(plain);
  Random random(5);
  const std::string bytes = "0123456789:.#+-eE ,naifqd\xff\x00\t";
  std::size_t accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = "1 1:0.5 2:-3 4:1e2 # end";
    for (std::uint64_t n = 1 + random.below(3); n > 0; --n)
      text[random.below(text.size())] = bytes[random.below(bytes.size())];
    CAPTURE(text);
    Samples into;
    if (const auto rejection = parser.parse(text, into)) {
      REQUIRE(into == Samples{});
      REQUIRE(!rejection->message.empty());
      continue;
    }
    ++accepted;
    REQUIRE(into.x.size() == 4);
    REQUIRE(into.label.at(0) < 3);
    for (const float value : into.x) REQUIRE(std::isfinite(value));
  }
  CHECK(accepted > 500);
}
