#include <doctest/doctest.h>

#include "tests/config/random_config.hpp"
#include "tests/config/support.hpp"

using namespace altmind;
using namespace altmind::adapters;
using namespace altmind::config;
using namespace altmind::test;

TEST_CASE("a configuration written as TOML is read back as the same, bit for bit") {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    const Config config = RandomConfig(seed).config();
    const std::string text = to_toml(config);
    CAPTURE(seed);
    CAPTURE(text);
    Config back;
    REQUIRE_NOTHROW(back = parse(text));
    REQUIRE(back == config);
    REQUIRE(to_toml(back) == text);
  }
}

TEST_CASE("learner options recorded as JSON are read back as the same, bit for bit") {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    const LearnerOptions options = RandomConfig(seed).learner();
    const std::string text = learner_options_to_json(options);
    CAPTURE(seed);
    CAPTURE(text);
    LearnerOptions back;
    REQUIRE_NOTHROW(back = learner_options_from_json(text));
    REQUIRE(back == options);
    REQUIRE(learner_options_to_json(back) == text);
  }
}

TEST_CASE("random configurations reach every kind of source, format and label") {
  // Otherwise the two tests above would prove less than they claim.
  std::size_t types[4] = {}, formats[6] = {}, schemas = 0, named = 0, regression = 0, follow = 0, infinite = 0,
              tests = 0;
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    const Config config = RandomConfig(seed).config();
    for (const SourceOptions& source : config.sources) {
      ++types[static_cast<std::size_t>(source.type)];
      ++formats[static_cast<std::size_t>(source.format)];
      follow += source.follow;
    }
    schemas += !config.learner.model.spec.columns.empty();
    named += config.learner.model.spec.labels == LabelKind::named;
    regression += config.learner.model.spec.task == Task::regression;
    infinite += !config.learner.memory.horizon;
    tests += config.test.has_value();
  }
  for (const std::size_t count : types) CHECK(count > 10);
  for (const std::size_t i : {0, 1, 2, 4, 5})
    CHECK(formats[i] > 10);  // cifar10 fixes the inputs: tested by cifar10.toml
  for (const std::size_t count : {schemas, named, regression, follow, infinite, tests}) CHECK(count > 10);
}
