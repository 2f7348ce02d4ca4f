// Small re-creations of common tables: header, types, missing values and task are inferred correctly, or one message
// asks the user.

#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <functional>
#include <map>

#include "adapters/sources/file/csv_survey.hpp"
#include "adapters/sources/file/sample_reader.hpp"
#include "config/infer.hpp"
#include "tests/config/support.hpp"
#include "tests/config/table_kinds.hpp"
#include "tests/support/contains.hpp"
#include "tests/support/scratch_directory.hpp"

using namespace altmind;
using namespace altmind::config;
using namespace altmind::test;

namespace {

/// Returns name:kind of every column, kinds as in TableKind.
std::string columns_of(const SampleSpec& spec) {
  std::string out;
  for (const Column& column : spec.columns) {
    const bool number = column.type == ColumnType::numeric;
    out += (out.empty() ? "" : " ") + column.name + ":" + (!number ? "c" : column.missing == Missing::flag ? "m" : "n");
  }
  return out;
}

struct Read {
  std::size_t samples = 0;
  std::size_t refused = 0;
  std::map<std::string, std::size_t> classes;
  std::vector<double> first;  ///< numbers of the first sample
  std::string why;            ///< the first refusal
};

Read read_all(const Config& config) {
  const SampleSpec& spec = config.learner.model.spec;
  Read out;
  const auto reader = file::open_reader(config.sources.at(0), spec);
  const auto refuse = [&](std::uint64_t, const ingest::Rejection& rejection, std::string_view) {
    if (++out.refused == 1) out.why = rejection.message;
  };
  for (;;) {
    Samples samples;
    if (reader->read(1000, samples, refuse) == 0) break;
    if (out.samples == 0 && samples.count > 0) {
      for (std::size_t j = 0; j < spec.columns.size(); ++j) {
        if (spec.columns[j].type == ColumnType::numeric) out.first.push_back(static_cast<double>(samples.x[j]));
      }
    }
    out.samples += samples.count;
    for (const std::string& name : samples.name) ++out.classes[name];
    for (const std::uint32_t index : samples.label) ++out.classes[std::to_string(index)];
  }
  return out;
}

void check(const TableKind& kind) {
  CAPTURE(kind.name);
  const ScratchDirectory scratch;
  InferOptions options{scratch.write("table.csv", kind.text), kind.label_option, std::nullopt};
  if (!kind.sentence.empty()) {
    try {
      const std::string text = infer_config(file::survey_csv(options.path), options);
      FAIL(text);
    } catch (const std::exception& error) {
      CHECK_MESSAGE(contains(error.what(), kind.sentence), error.what());
      CHECK(std::string(error.what()).size() < 400);
    }
    return;
  }
  std::string text;
  REQUIRE_NOTHROW(text = infer_config(file::survey_csv(options.path), options));
  CAPTURE(text);
  Config config;
  REQUIRE_NOTHROW(config = parse(text));
  const SampleSpec& spec = config.learner.model.spec;
  CHECK(columns_of(spec) == kind.columns);
  CHECK((spec.task == Task::regression) == (kind.classes == 0));
  CHECK(config.sources.at(0).label == kind.label);
  Read read;
  REQUIRE_NOTHROW(read = read_all(config));
  CAPTURE(read.why);
  CHECK(read.samples == kind.samples);
  CHECK(read.refused == kind.refused);
  CHECK(read.classes.size() == kind.classes);
  CHECK(read.classes.size() <= spec.outputs);
  for (std::size_t j = 0; j < kind.first.size(); ++j) {
    REQUIRE(j < read.first.size());
    CHECK(read.first[j] == doctest::Approx(kind.first[j]).epsilon(1e-6));
  }
  // The printed configuration reproduces the result.
  Config again;
  REQUIRE_NOTHROW(again = parse(to_toml(config)));
  CHECK(again.sources == config.sources);
  CHECK(again.learner.model.spec.columns == spec.columns);
}

}  // namespace

TEST_CASE("tables of pandas and R") {
  for (const TableKind& kind : pandas_and_r_tables()) check(kind);
}

TEST_CASE("tables of spreadsheets in several countries") {
  for (const TableKind& kind : spreadsheet_tables()) check(kind);
}

TEST_CASE("tables of databases, logs and sensors") {
  for (const TableKind& kind : dump_tables()) check(kind);
}

TEST_CASE("tables of collections and competitions") {
  for (const TableKind& kind : collection_tables()) check(kind);
}

TEST_CASE("what is no table, or leaves the label open, is asked about in one sentence") {
  for (const TableKind& kind : unclear_tables()) check(kind);
}
