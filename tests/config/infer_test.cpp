#include "config/infer.hpp"

#include <doctest/doctest.h>

#include "tests/config/support.hpp"
#include "tests/support/contains.hpp"
#include "tests/support/scratch_directory.hpp"

using namespace altmind;
using namespace altmind::config;
using namespace altmind::file;
using namespace altmind::http;
using namespace altmind::test;

namespace {

/// Writes `rows` rows made by `row` to a file, surveys it and infers its configuration.
struct Inferred {
  std::string text;
  Config config;
};

template <class Row>
Inferred infer(const std::string& header, std::size_t rows, Row row, InferOptions options = {}) {
  const ScratchDirectory scratch;
  std::string text = header.empty() ? "" : header + "\n";
  for (std::size_t i = 0; i < rows; ++i) text += row(i) + "\n";
  options.path = scratch.write("data.csv", text);
  Inferred out;
  out.text = infer_config(survey_csv(options.path), options);
  CAPTURE(out.text);
  REQUIRE_NOTHROW(out.config = parse(out.text));
  return out;
}

std::string number(std::size_t i) {
  return std::to_string(i);
}

const Column* find(const Config& config, const std::string& name) {
  for (const Column& column : config.learner.model.spec.columns) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("infer: columns by what stands in them") {
  const Inferred inferred = infer("id,amount,age,land,page,same,empty,fraud", 200, [](std::size_t i) {
    return "u-" + number(i) + "," + number(i) + ".5," + (i % 7 == 0 ? "NA" : number(i % 50)) + ",l" + number(i % 5) +
           ",p" + number(i % 90) + ",x,," + (i % 9 == 0 ? "yes" : "no");
  });
  const SampleSpec& spec = inferred.config.learner.model.spec;
  CHECK(spec.columns.size() == 4);
  CHECK(*find(inferred.config, "amount") ==
        Column{"amount", ColumnType::numeric, ColumnEncoding::onehot, 64, Missing::mean});
  CHECK(find(inferred.config, "age")->missing == Missing::flag);
  CHECK(*find(inferred.config, "land") ==
        Column{"land", ColumnType::categorical, ColumnEncoding::onehot, 16, Missing::flag});
  CHECK(*find(inferred.config, "page") ==
        Column{"page", ColumnType::categorical, ColumnEncoding::hashed, 128, Missing::flag});
  for (const char* left_out : {"id", "same", "empty"}) {
    CHECK(find(inferred.config, left_out) == nullptr);
    CHECK(inferred.text.find("# left out: \"" + std::string(left_out) + "\"") != std::string::npos);
  }
  CHECK(spec.task == Task::classification);
  CHECK(spec.labels == LabelKind::named);
  CHECK(inferred.config.sources.at(0).header);
  CHECK(inferred.config.sources.at(0).label == "fraud");
  CHECK(inferred.config.learner.normaliser.kind == NormaliserKind::standardise);
}

TEST_CASE("infer: the label by its name, by the user's word, or the last column") {
  const auto row = [](std::size_t i) { return number(i % 2) + "," + number(i) + ".25," + number(i) + ".75"; };
  CHECK(infer("class,a,b", 50, row).config.sources[0].label == "class");
  CHECK(infer("x,a,b", 50, row).config.sources[0].label == "b");
  const Inferred named = infer("x,a,b", 50, row, {"", "x", std::nullopt});
  CHECK(named.config.sources[0].label == "x");
  CHECK(named.config.learner.model.spec.task == Task::classification);
  const Inferred numbered = infer("", 50, row, {"", "0", std::nullopt});
  CHECK_FALSE(numbered.config.sources[0].header);
  CHECK(numbered.config.sources[0].label == "0");
  CHECK(numbered.config.sources[0].columns == std::vector<std::string>{"1", "2"});
  CHECK_THROWS_AS(infer("x,a,b", 50, row, {"", "z", std::nullopt}), ConfigError);
  CHECK_THROWS_AS(infer("", 50, row, {"", "3", std::nullopt}), ConfigError);
}

TEST_CASE("infer: few whole numbers are classes, others a regression, and the user may say otherwise") {
  const auto row = [](std::size_t i) { return number(i) + "," + number(i % 3) + "," + number(i) + ".5"; };
  CHECK(infer("a,y,b", 60, row).config.learner.model.spec.task == Task::classification);
  CHECK(infer("a,b,y", 60, row).config.learner.model.spec.task == Task::regression);
  const Inferred told = infer("a,y,b", 60, row, {"", "", Task::regression});
  CHECK(told.config.learner.model.spec.task == Task::regression);
  CHECK(told.config.learner.normaliser.targets == TargetScaling::standardise);
  const Inferred floats =
      infer("", 60, [](std::size_t i) { return number(i % 2) + ".0e0," + number(i) + ".5"; }, {"", "0", std::nullopt});
  CHECK(floats.config.learner.model.spec.labels == LabelKind::index);
  CHECK(floats.config.learner.model.spec.outputs == 2);
}

TEST_CASE("infer: a table of text alone has a header when its first line never comes again") {
  const auto row = [](std::size_t i) {
    return std::string(i % 2 == 0 ? "red" : "blue") + "," + (i % 3 == 0 ? "yes" : "no");
  };
  CHECK(infer("colour,answer", 40, row).config.sources[0].header);
  CHECK_FALSE(infer("", 40, row).config.sources[0].header);
}

TEST_CASE("infer: the batch is a four-thousandth of the rows, within bounds") {
  const auto row = [](std::size_t i) { return number(i) + ",1.5," + number(i % 2); };
  CHECK(infer("a,b,y", 100, row).config.learner.learning.batch_size == 10);
  const std::size_t batch = infer("a,b,y", 160'000, row).config.learner.learning.batch_size;
  CHECK(batch >= 35);
  CHECK(batch <= 60);
}

TEST_CASE("infer: a file without rows, or without a column to learn from, is said to be so") {
  const ScratchDirectory scratch;
  CHECK_THROWS_AS(survey_csv(scratch.write("empty.csv", "")), std::runtime_error);
  CHECK_THROWS_AS(survey_csv(scratch / "absent.csv"), std::runtime_error);
  CHECK_THROWS_AS(infer("", 30, [](std::size_t i) { return number(i % 2); }), std::runtime_error);
  CHECK_THROWS_AS(infer("id,y", 30, [](std::size_t i) { return number(i) + "," + number(i % 2); }), ConfigError);
}

TEST_CASE("infer: a comma before three digits that nothing explains is said to be a guess") {
  const auto row = [](std::size_t i) { return "\"" + number(i % 7 + 1) + ",250\"," + number(i) + ".5"; };
  const auto unclear = [](std::size_t i) { return "\"" + number(i % 7 + 1) + ",250\"," + number(i); };
  const std::string guess = "# \"1,250\" is read as thousands, though no number shows which";
  CHECK(contains(infer("a,y", 40, unclear).text, guess));
  CHECK(!contains(infer("a,y", 40, row).text, "though no number shows which"));
}

TEST_CASE("infer: words that the user calls missing leave a label of numbers one") {
  const ScratchDirectory scratch;
  std::string text = "x,y\n";
  for (std::size_t i = 0; i < 60; ++i) text += number(i * 7 % 9) + "," + (i % 3 == 0 ? "n/d" : number(i) + ".5") + "\n";
  InferOptions options{scratch.write("data.csv", text), {}, Task::regression};
  const auto refused = [&] { infer_config(survey_csv(options.path), options); };
  CHECK_THROWS_WITH_AS(refused(), doctest::Contains("source.file.missing=[\"n/d\"]"), ConfigError);
  TableHints hints;
  hints.missing = {"n/d"};
  const std::string inferred = infer_config(survey_csv(options.path, hints), options);
  CHECK(contains(inferred, "task = \"regression\""));
  CHECK(contains(inferred, "rows that are refused, as they have no label: 20"));
}
