#include <doctest/doctest.h>

#include "tests/config/support.hpp"

using namespace altmind;
using namespace altmind::config;
using namespace altmind::telemetry;
using namespace altmind::test;

namespace {

Overrides set(const std::string& key, const std::string& value) {
  return {{{key, value}}, {}};
}

Overrides variable(const std::string& name, const std::string& value) {
  return {{}, {{name, value}}};
}

const std::string two_sources =
    least + "[[source]]\ntype = \"generator\"\nname = \"feed-1.a\"\n[[source]]\ntype = \"file\"\npath = \"x\"\n";

}  // namespace

TEST_CASE("--set lies over the environment, which lies over the file") {
  const std::string text = least + "[learning]\nbatch_size = 10\n[memory]\nhorizon = 2000\n[log]\nlevel = \"debug\"\n";
  const Overrides overrides{{{"learning.batch_size", "30"}},
                            {{"ALTMIND_LEARNING__BATCH_SIZE", "20"}, {"ALTMIND_MEMORY__HORIZON", "3000"}}};
  const Config config = parse(text, overrides);
  CHECK(config.learner.learning.batch_size == 30);
  CHECK(config.learner.memory.horizon == 3000.0);
  CHECK(config.log.level == LogLevel::debug);
}

TEST_CASE("of two --set of one key the last counts") {
  CHECK(parse(least, {{{"model.seed", "3"}, {"model.seed", "4"}}, {}}).learner.model.seed == 4);
}

TEST_CASE("overrides may give what the file has no section for") {
  const Config config =
      parse("", {{{"model.inputs", "4"}, {"test.path", "t.ndjson"}}, {{"ALTMIND_MODEL__MAX_CLASSES", "2"}}});
  CHECK(config.learner.model.spec.inputs == 4);
  CHECK(config.learner.model.spec.outputs == 2);
  CHECK(config.test->paths == std::vector<std::string>{"t.ndjson"});
  CHECK(parse(least, variable("ALTMIND_TEST__PATH", "t")).test->paths == std::vector<std::string>{"t"});
}

TEST_CASE("a value is TOML if it can be, else a plain string") {
  CHECK(parse(least, set("model.name", "plain")).learner.model.name == "plain");
  CHECK(parse(least, set("model.name", "\"quoted\"")).learner.model.name == "quoted");
  CHECK(parse(least, set("http.listen", "127.0.0.1:9")).http.listen == "127.0.0.1:9");
  CHECK(parse(least, set("http.listen", "")).http.listen == "");
  CHECK(parse(least, set("model.hidden", "[7, 8]")).learner.model.hidden == std::vector<std::size_t>{7, 8});
  CHECK(parse(least, set("learning.max_batch_age", "20ms")).max_batch_age == std::chrono::milliseconds(20));
  CHECK_FALSE(parse(least, set("memory.horizon", "infinite")).learner.memory.horizon);
  CHECK(parse(least, set("store.directory", "2024-01-02")).store.directory == "2024-01-02");
  CHECK(error_of(least, set("model.name", "3")) ==
        "--set: model.name: must be a name of at most 64 letters, digits, '_', '-' and '.' that begins with a letter, "
        "got 3");
}

TEST_CASE("a value with lines of its own sets nothing else") {
  CHECK(error_of(least, set("model.seed", "1\n[http]\ninsecure = true")) ==
        "--set: model.seed: must be a whole number from 0 to 9223372036854775807, got "
        "\"1\\u000A[http]\\u000Ainsecure = true\"");
  CHECK_FALSE(parse(least, set("store.directory", "1\nx = 2")).http.insecure);
}

TEST_CASE("sources are addressed by number or name") {
  CHECK(parse(two_sources, set("source.0.rate", "5")).sources[0].rate == 5.0);
  CHECK(parse(two_sources, set("source.feed-1.a.rate", "6")).sources[0].rate == 6.0);
  CHECK(parse(two_sources, set("source.file.path", "y")).sources[1].paths == std::vector<std::string>{"y"});
  CHECK(parse(two_sources, set("source[1].path", "z")).sources[1].paths == std::vector<std::string>{"z"});
  CHECK(parse(two_sources, variable("ALTMIND_SOURCE__0__RATE", "7")).sources[0].rate == 7.0);
  CHECK(parse(two_sources, variable("ALTMIND_SOURCE__FEED_1_A__RATE", "8")).sources[0].rate == 8.0);
  CHECK(parse(two_sources, set("source.1.epochs", "2")).sources[1].epochs == 2);
}

TEST_CASE("a source that is not there is an error that says which are") {
  CHECK(error_of(two_sources, set("source.2.rate", "5")) ==
        "--set: there is no source \"2\"; there are 0 (\"feed-1.a\"), 1 (\"file\")");
  CHECK(error_of(two_sources, variable("ALTMIND_SOURCE__X__RATE", "5")) ==
        "ALTMIND_SOURCE__X__RATE: there is no source \"x\"; there are 0 (\"feed-1.a\"), 1 (\"file\")");
  CHECK(error_of(least, set("source.0.rate", "5")) == "--set: there is no source \"0\"; the configuration has none");
  CHECK(error_of(least, set("source.rate", "5")) ==
        "--set: \"source.rate\": a source is overridden by source.N.key=value, N its number from 0 or its name");
  CHECK(error_of(least, variable("ALTMIND_SOURCE__RATE", "5")) ==
        "ALTMIND_SOURCE__RATE: a source is overridden by ALTMIND_SOURCE__N__KEY, N its number from 0 or its name");
}

TEST_CASE("overrides of sections and keys that are not there name the variable or --set") {
  CHECK(error_of(least, variable("ALTMIND_LEARNNG__MU", "1")) ==
        "ALTMIND_LEARNNG__MU: [learnng]: unknown section; did you mean [learning]?");
  CHECK(error_of(least, variable("ALTMIND_LEARNING__MUU", "1")) ==
        "ALTMIND_LEARNING__MUU: learning.muu: unknown key; did you mean mu?");
  CHECK(error_of(least, set("learning.batchsize", "1")) ==
        "--set: learning.batchsize: unknown key; did you mean batch_size?");
  CHECK(error_of(least, set("lerning.mu", "1")) == "--set: [lerning]: unknown section; did you mean [learning]?");
  CHECK(error_of(least, set("mu", "1")) == "--set: \"mu\": names no key; write section.key=value");
  CHECK(error_of(least, variable("ALTMIND_MODEL__", "1")) ==
        "ALTMIND_MODEL__: names no key; a variable that overrides is ALTMIND_SECTION__KEY");
  CHECK(error_of(least, variable("ALTMIND__MODEL", "1")) ==
        "ALTMIND__MODEL: names no key; a variable that overrides is ALTMIND_SECTION__KEY");
}

TEST_CASE("refused values name the variable or --set instead of a line") {
  CHECK(error_of(least + "[learning]\nmu = 3\n", variable("ALTMIND_LEARNING__MU", "-1")) ==
        "ALTMIND_LEARNING__MU: learning.mu: must be a number from 0 to 1000000, got -1");
  CHECK(error_of(least, set("model.hidden", "[1, 0]")) ==
        "--set: model.hidden[1]: must be a whole number from 1 to 100000, got 0");
  CHECK(error_of(least, set("memory.horizon", "3")) ==
        "--set: memory.horizon: must be at least learning.batch_size (200), got 3");
  CHECK(error_of(least, set("store.directory", "\xff")) == "--set: the value is not valid UTF-8");
  CHECK(error_of(two_sources, set("source.file.rate", "1")) ==
        "--set: source[1].rate: not read by a source of type \"file\", only by \"generator\"");
}

TEST_CASE("other variables are no overrides") {
  const Config plain = parse(least);
  CHECK(parse(least, variable("ALTMIND_DATA", "x")) == plain);
  CHECK(parse(least, variable("ALTMIND_MODEL_SEED", "7")) == plain);
  CHECK(parse(least, variable("OTHER_MODEL__SEED", "7")) == plain);
}

TEST_CASE("the environment of the process is readable") {
  const auto variables = process_environment();
  REQUIRE(variables.contains("PATH"));
  CHECK(variables.at("PATH") == std::getenv("PATH"));
}
