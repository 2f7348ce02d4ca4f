#include <doctest/doctest.h>

#include "tests/config/support.hpp"

using namespace altmind;
using namespace altmind::config;
using namespace altmind::test;

TEST_CASE("text that is not TOML is an error at its line") {
  const std::string broken = error_of("[model]\ninputs = 4\nmax_classes =\n");
  CHECK(broken.starts_with("f.toml:3: not valid TOML: "));
  CHECK(broken.find('\n') == std::string::npos);
  CHECK(error_of("[model]\ninputs = 1\ninputs = 2\n").starts_with("f.toml:3: not valid TOML: "));
  CHECK(error_of("\xff").starts_with("f.toml:1: not valid TOML: "));
}

TEST_CASE("unknown sections are named at their line, with what was meant") {
  CHECK(error_of(least + "[modle]\nx = 1\n") == "f.toml:5: [modle]: unknown section; did you mean [model]?");
  CHECK(error_of(least + "[[sources]]\n") == "f.toml:5: [sources]: unknown section; did you mean [[source]]?");
  CHECK(
      error_of(least + "[self_tuning]\n") ==
      "f.toml:5: [self_tuning]: unknown section; there are [model], [learning], [memory], [consolidation], [features], "
      "[drift], [evaluation], [[source]], [test], [http], [store], [log] and [limits]");
  CHECK(error_of("stray = 1\n" + least).starts_with("f.toml:1: [stray]: unknown section; there are "));
}

TEST_CASE("of several unknown sections the first in the file is named") {
  CHECK(error_of("[zebra]\n[apple]\n").starts_with("f.toml:1: [zebra]: "));
}

TEST_CASE("sections must be tables and sources lists of tables") {
  CHECK(error_of("model = 3\n") == "f.toml:1: model: must be a table, begun by [model]");
  CHECK(error_of("[[test]]\n") == "f.toml:1: test: must be a table, begun by [test]");
  CHECK(error_of("[source]\ntype = \"tcp\"\n") == "f.toml:1: source: must be tables, each begun by [[source]]");
  CHECK(error_of("source = [1]\n") == "f.toml:1: source: must be tables, each begun by [[source]]");
}

TEST_CASE("unknown keys are named at their line, with what was meant or what there is") {
  CHECK(error_of("[model]\ninputs = 4\nmax_clases = 3\n") ==
        "f.toml:3: model.max_clases: unknown key; did you mean max_classes?");
  CHECK(error_of(least + "[log]\nfile = \"x\"\n") == "f.toml:6: log.file: unknown key; [log] has level and format");
  CHECK(error_of(least + "[memory]\nbatch_size = 3\n") ==
        "f.toml:6: memory.batch_size: unknown key; batch_size belongs to [learning]");
  CHECK(error_of(least + "[[source]]\ntype = \"file\"\nepoch = 3\n") ==
        "f.toml:7: source[0].epoch: unknown key; did you mean epochs?");
  CHECK(error_of(least + "[log]\n\"a b\" = 1\n").starts_with("f.toml:6: log.\"a b\": unknown key; "));
}

TEST_CASE("of several wrong keys the first in the file is named") {
  CHECK(error_of(least + "[log]\nzebra = 1\napple = 1\n").starts_with("f.toml:6: log.zebra: "));
}

TEST_CASE("tables may be written in every way TOML has") {
  const Config config = parse("model.inputs = 4\nmodel.max_classes = 3\nsource = [{type = \"stdin\"}]\n");
  CHECK(config.learner.model.spec.inputs == 4);
  CHECK(config.sources.size() == 1);
}

TEST_CASE("keys with dots without end are refused before they are parsed") {
  std::string text = "a";
  for (int i = 0; i < 200'000; ++i) text += ".a";
  CHECK(error_of("# fine\n" + text + " = 1\n") == "f.toml:2: more than 100 dots in one key");
  CHECK(error_of('[' + text + "]\n") == "f.toml:1: more than 100 dots in one key");
  CHECK(error_of("x = " + std::string(100'000, '[')).starts_with("f.toml:1: not valid TOML: "));
}

TEST_CASE("dots in comments, strings and lists of numbers are no such keys") {
  std::string mean = "0.5";
  for (int i = 1; i < 300; ++i) mean += ", 0.5";
  const Config config = parse("# " + std::string(500, '.') + "\n[model] # " + std::string(500, '.') +
                              "\ninputs = 300\nmax_classes = 2\nclasses = [\"" + std::string(200, '.') +
                              "\"]\nlabels = \"named\"\n[features]\nnormaliser = \"fixed\"\nmean = [" + mean + "]\n");
  CHECK(config.learner.normaliser.mean.size() == 300);
}

TEST_CASE("a file that cannot be read is an error that says why") {
  const auto missing = std::filesystem::temp_directory_path() / "altmind-config-test-missing" / "x.toml";
  CHECK_THROWS_WITH_AS(load_config(missing, {}),
                       (missing.string() + ": cannot be read: No such file or directory").c_str(), ConfigError);
  const auto directory = std::filesystem::temp_directory_path();
  CHECK_THROWS_WITH_AS(load_config(directory, {}), (directory.string() + ": is a directory, not a file").c_str(),
                       ConfigError);
}
