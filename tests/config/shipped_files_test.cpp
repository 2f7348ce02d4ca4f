// The shipped .toml files and docs/configuration.md.

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "config/read_arms.hpp"
#include "config/read_columns.hpp"
#include "config/read_layers.hpp"
#include "config/schema.hpp"
#include "core/step/default_arms.hpp"
#include "tests/config/support.hpp"
#include "tests/support/fixed_rule.hpp"

using namespace altmind;
using namespace altmind::adapters;
using namespace altmind::config;
using namespace altmind::test;

namespace {

const Overrides with_data{{}, {{"ALTMIND_DATA", "/data"}}};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// Returns altmind.toml with its "#key = value" lines uncommented, except `outputs`, `classes` and `image`, which
/// contradict the rest.
std::string with_everything() {
  std::string out;
  bool table = false;  // a schema contradicts sources without names, layers contradict `hidden`, and arms `arms`
  for (const std::string& line : lines_of(default_config_text())) {
    if (line.starts_with("#[[features.column]]") || line.starts_with("#[[model.layer]]") ||
        line.starts_with("#[[learning.arms]]")) {
      table = true;
    }
    if (line.starts_with("[")) table = false;
    const bool left_out = line.size() > 1 && line[0] == '#' && (line[1] == '[' || (line[1] >= 'a' && line[1] <= 'z'));
    const bool contradicts = line.starts_with("#outputs") || line.starts_with("#classes") || line.starts_with("#image");
    out += (left_out && !contradicts && !table ? line.substr(1) : line) + '\n';
  }
  return out;
}

/// Returns "section.key" of every line "key = value"; with `left_out` of the "#key = value" lines instead.
std::set<std::string> keys_in(const std::string& text, bool left_out) {
  std::set<std::string> keys;
  std::string section;
  for (std::string line : lines_of(text)) {
    const bool commented = line.size() > 1 && line[0] == '#' && line[1] != ' ';
    if (commented) line.erase(0, 1);
    if (line.starts_with('[')) {
      section.clear();
      std::copy_if(line.begin(), line.end(), std::back_inserter(section), [](char c) { return c != '[' && c != ']'; });
    } else if (const std::size_t equals = line.find(" = "); line[0] != '#' && equals != std::string::npos) {
      if (commented == left_out) keys.insert(section + '.' + line.substr(0, equals));
    }
  }
  return keys;
}

}  // namespace

TEST_CASE("the program carries config/altmind.toml") {
  CHECK(default_config_text() == file_text(root() / "config" / "altmind.toml"));
}

TEST_CASE("altmind.toml is the struct defaults, apart from what a user must name") {
  Config expected;
  expected.learner.model.spec.inputs = 10;
  expected.learner.model.spec.outputs = 2;
  SourceOptions generator;
  generator.type = SourceType::generator;
  generator.name = "generator";
  generator.rate = 2000.0;
  expected.sources = {generator};
  expected.learner.learning.arms = default_arms(expected.learner.model);
  CHECK(parse(default_config_text()) == expected);
}

TEST_CASE("altmind.toml has every key, commented out only where there is no default or another type reads it") {
  const auto used = keys_in(default_config_text(), false);
  const auto left_out = keys_in(default_config_text(), true);
  const std::set<std::string> without_default = {"model.outputs", "model.classes", "model.image",  "store.directory",
                                                 "source.seed",   "source.limit",  "limits.memory"};
  std::size_t count = 0;
  for (const auto& section : config_sections()) {
    for (const auto& field : section.fields) {
      const std::string key = std::string(section.name) + '.' + std::string(field.key);
      CAPTURE(key);
      CHECK((without_default.contains(key) ? left_out : used).contains(key));
      ++count;
    }
  }
  for (const SourceField& field : source_fields()) {
    const std::string key = "source." + std::string(field.field.key);
    CAPTURE(key);
    const bool by_generator = type_reads(field, SourceType::generator) && !without_default.contains(key);
    const bool in_test = left_out.contains("test." + std::string(field.field.key));
    CHECK((by_generator ? used.contains(key) : left_out.contains(key) || in_test));
    ++count;
  }
  for (const auto& field : column_fields()) {
    CHECK(left_out.contains("features.column." + std::string(field.key)));
    ++count;
  }
  for (const auto& field : layer_fields()) {
    CHECK(left_out.contains("model.layer." + std::string(field.key)));
    ++count;
  }
  for (const auto& field : arm_fields()) {
    CHECK(left_out.contains("learning.arms." + std::string(field.key)));
    ++count;
  }
  CHECK(count == 12 + 11 + 20 + 8 + 3 + 5 + 5 + 7 + 3 + 12 + 6 + 2 + 1 + 33 + 4);
}

TEST_CASE("what altmind.toml leaves out is valid too and shows the struct defaults") {
  const Config config = parse(with_everything());
  REQUIRE(config.sources.size() == 5);
  SourceOptions tcp;
  tcp.type = SourceType::tcp;
  tcp.name = "tcp";
  tcp.address = "127.0.0.1:9000";
  CHECK(config.sources[1] == tcp);
  SourceOptions standard_input;
  standard_input.type = SourceType::standard_input;
  standard_input.name = "stdin";
  CHECK(config.sources[2] == standard_input);
  SourceOptions table;
  table.name = "table";
  table.paths = {"data/table.csv"};
  table.format = Format::csv;
  table.label = "10";
  table.columns = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
  table.missing = {"?", "-999"};
  table.units = {"kg", "EUR"};
  table.limit = 1'000'000;
  CHECK(config.sources[3] == table);
  SourceOptions images;
  images.name = "images";
  images.format = Format::idx;
  images.paths = {"images-1.gz", "images-2.gz"};
  images.labels_paths = {"labels-1.gz", "labels-2.gz"};
  CHECK(config.sources[4] == images);
  CHECK(config.test.has_value());
  CHECK(config.store.directory == "altmind-data");
}

TEST_CASE("every shipped configuration loads, listens on loopback only and needs no store") {
  std::set<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root() / "config")) {
    if (entry.path().extension() != ".toml") continue;
    found.insert(entry.path().lexically_relative(root() / "config"));
    CAPTURE(entry.path());
    Config config;
    REQUIRE_NOTHROW(config = load_config(entry.path(), with_data));
    CHECK_FALSE(config.store.directory);
    CHECK_FALSE(config.http.insecure);
    CHECK(config.sources.size() == 1);
    CHECK(parse(to_toml(config)) == config);
  }
  CHECK(found == std::set<std::string>{"altmind.toml", "binary.toml", "cifar10.toml", "elec2.toml", "higgs.toml",
                                       "lenet5.toml", "mnist.toml", "paper/higgs.toml", "paper/mnist.toml",
                                       "rnn15.toml", "weather.toml"});
}

TEST_CASE("experiments name the data directory when it is not set") {
  CHECK_THROWS_AS(load_config(root() / "config" / "mnist.toml", {}), ConfigError);
}

TEST_CASE("paper/mnist.toml is the measured setting of fixed steps") {
  const Config config = load_config(root() / "config" / "paper" / "mnist.toml", with_data);
  LearnerOptions expected;
  expected.model.name = "mnist";
  expected.model.spec = {Task::classification, LabelKind::index, 784, 10};
  expected.model.hidden = {100, 100};
  expected.learning = fixed_rule().learning;
  expected.memory = fixed_rule().memory;
  expected.learning.code_rate = 4.0;
  expected.memory.rows = 0.08;
  expected.memory.sweep_parts = 2;
  expected.normaliser = {NormaliserKind::fixed, 1.0 / 255, {0.1307}, {0.3081}};
  CHECK(config.learner == expected);
  CHECK(config.sources[0].shuffle);
  CHECK(config.sources[0].epochs == 1);
  CHECK(config.sources[0].paths == std::vector<std::string>{"/data/mnist/train-images-idx3-ubyte.gz"});
  CHECK(config.test->labels_paths == std::vector<std::string>{"/data/mnist/t10k-labels-idx1-ubyte.gz"});
}

TEST_CASE("paper/higgs.toml learns on 41,233 rows and tests on the last 10,000") {
  const Config config = load_config(root() / "config" / "paper" / "higgs.toml", with_data);
  CHECK(config.sources[0].skip == 0);
  CHECK(config.sources[0].limit == 41'233);
  CHECK(config.test->skip == 41'233);
  CHECK(config.test->limit == 10'000);
  CHECK(config.sources[0].label == "0");
  CHECK(config.learner.model.hidden == std::vector<std::size_t>{300});
  CHECK(config.learner.memory.horizon == 20'000.0);
  CHECK(config.learner.memory.gain == Gain::fixed(2.0));
  CHECK(config.learner.memory.damping == 1.0);
  CHECK(config.learner.memory.rows == 1.0);
  CHECK(config.learner.learning.code_rate == 2.0);
  CHECK(config.learner.learning.output_rule == OutputRule::adam);
  CHECK(config.learner.normaliser.kind == NormaliserKind::standardise);
}

TEST_CASE("the shipped streams are learned as the default does") {
  for (const std::string name : {"elec2", "weather", "cifar10", "mnist", "higgs"}) {
    CAPTURE(name);
    const LearnerOptions learner = load_config(root() / "config" / (name + ".toml"), with_data).learner;
    LearnerOptions expected;
    expected.learning.batch_size = name == "elec2" || name == "weather" ? 10 : 200;
    expected.learning.arms = default_arms(learner.model);
    CHECK(learner.learning == expected.learning);
    CHECK(learner.memory == expected.memory);
  }
}

TEST_CASE("docs/configuration.md has a row for every key, with its default") {
  const std::string docs = file_text(root() / "docs" / "configuration.md");
  std::string section;
  std::set<std::string> rows;
  const Config defaults;
  for (const std::string& line : lines_of(docs)) {
    if (line.starts_with("## ")) section = line.substr(3);
    if (!line.starts_with("| `")) continue;
    const std::string key = line.substr(3, line.find('`', 3) - 3);
    const std::string full = section + '.' + key;
    CAPTURE(full);
    CHECK(rows.insert(full).second);
    const std::size_t from = line.find(" | ") + 3;
    const std::string stated = line.substr(from, line.find(" | ", from) - from);
    for (const auto& known : config_sections()) {
      if ("`[" + std::string(known.name) + "]`" != section) continue;
      for (const auto& field : known.fields) {
        if (field.key != key || stated.front() != '`') continue;  // prose if there is no default
        REQUIRE(field.write(defaults).has_value());
        CHECK(stated == '`' + toml_text(*field.write(defaults)) + '`');
      }
    }
  }
  for (const auto& known : config_sections()) {
    for (const auto& field : known.fields) {
      CHECK_MESSAGE(rows.contains("`[" + std::string(known.name) + "]`." + std::string(field.key)), field.key);
    }
  }
  for (const auto& field : column_fields()) {
    CHECK_MESSAGE(rows.contains("`[[features.column]]`." + std::string(field.key)), field.key);
  }
  for (const auto& field : layer_fields()) {
    CHECK_MESSAGE(rows.contains("`[[model.layer]]`." + std::string(field.key)), field.key);
  }
  for (const auto& field : arm_fields()) {
    CHECK_MESSAGE(rows.contains("`[[learning.arms]]`." + std::string(field.key)), field.key);
  }
  for (const SourceField& field : source_fields()) {
    CHECK_MESSAGE(rows.contains("`[[source]]`." + std::string(field.field.key)), field.field.key);
  }
}
