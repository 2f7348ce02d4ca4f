// learning.arms: by shape, by number, as tables.

#include <doctest/doctest.h>

#include <string>

#include "config/load.hpp"
#include "core/step/default_arms.hpp"
#include "tests/config/support.hpp"

using namespace altmind;
using namespace altmind::config;
using test::error_of;

namespace {

std::string model_of(std::size_t inputs, const std::string& hidden, const std::string& more = "") {
  return "[model]\ninputs = " + std::to_string(inputs) + "\nmax_classes = 2\nhidden = " + hidden + "\n" + more;
}

std::vector<double> reaches(const std::string& text) {
  std::vector<double> found;
  for (const ArmOptions& arm : parse(text).learner.learning.arms) found.push_back(arm.reach);
  return found;
}

using Reaches = std::vector<double>;

}  // namespace

TEST_CASE("the arms follow from the network's shape, or from a number") {
  CHECK(reaches(model_of(24, "[16]")) == Reaches{0.2, 0.6, 0.067, 0.2});
  CHECK(reaches(model_of(25, "[16]")) == Reaches{0.2, 0.6, 0.067});
  CHECK(reaches(model_of(256, "[16]", "[learning]\narms = \"auto\"\n")) == Reaches{0.2, 0.6, 0.067});
  CHECK(reaches(model_of(257, "[16]")) == Reaches{0.2, 0.6, 0.6});
  CHECK(reaches(model_of(300, "[2000, 600]")) == Reaches{0.2, 0.6});
  CHECK(reaches(model_of(24, "[16]", "activation = \"sign\"\n")).empty());
  CHECK(reaches(model_of(24, "[16]", "[learning]\nrule = \"am-adam\"\n")).empty());
  CHECK(reaches(model_of(24, "[16]", "[learning]\narms = 1\n")).empty());
  CHECK(reaches(model_of(24, "[16]", "[learning]\narms = 3\n")) == Reaches{0.2, 0.6, 0.067});
  CHECK(reaches(model_of(300, "[2000, 600]", "[learning]\narms = 3\n")) == Reaches{0.2, 0.6, 0.6});
  const auto wide = parse(model_of(300, "[16]")).learner.learning.arms;
  CHECK(wide[2].damping == 4.0);
  const auto few = parse(model_of(2, "[16]")).learner.learning.arms;
  CHECK(few[3].fourier_features == 64);
  // Inputs are those of the network: a category of 30 names takes 31.
  const std::string column =
      "[[features.column]]\nname = \"a\"\ntype = \"categorical\"\nencoding = \"onehot\"\nsize = 30\n";
  CHECK(reaches("[model]\nmax_classes = 2\nhidden = [4]\n" + column).size() == 3);
}

TEST_CASE("arms may be listed, and come back from the file and from the record as they were") {
  const std::string tables =
      "[[learning.arms]]\nreach = 0.5\n[[learning.arms]]\nreach = 1\ndamping = 0.25\nfourier_features = 8\nseed = 7\n";
  const Config listed = parse(model_of(4, "[3]", tables));
  CHECK(listed.learner.learning.arms == std::vector<ArmOptions>{{0.5, 1.0, 0, 0}, {1.0, 0.25, 8, 7}});
  CHECK(parse(model_of(4, "[3]",
                       "[learning]\narms = [{reach = 0.5}, {reach = 1, damping = 0.25, fourier_features = 8, "
                       "seed = 7}]\n")) == listed);
  for (const std::string& text :
       {model_of(4, "[3]", tables), model_of(4, "[3]"), model_of(4, "[3]", "[learning]\narms = 1\n")}) {
    const Config config = parse(text);
    CHECK(parse(to_toml(config)) == config);
    CHECK(learner_options_from_json(learner_options_to_json(config.learner)) == config.learner);
  }
}

TEST_CASE("an override replaces listed arms, and arms that follow from the shape are written as such") {
  const std::string listed = model_of(4, "[3]", "[[learning.arms]]\nreach = 0.5\n");
  Overrides overrides;
  overrides.set = {{"learning.arms", "1"}};
  CHECK(parse(listed, overrides).learner.learning.arms.empty());
  overrides.set = {{"learning.arms", "auto"}};
  CHECK(parse(listed, overrides).learner.learning.arms.size() == 4);
  CHECK(to_toml(parse(model_of(4, "[3]"))).find("arms = \"auto\"\n") != std::string::npos);
  CHECK(to_toml(parse(listed)).find("[[learning.arms]]\nreach = 0.5\n") != std::string::npos);
}

TEST_CASE("a record from before there were arms is of one whose step length adapts") {
  const LearnerOptions one = parse(model_of(4, "[3]", "[learning]\narms = 1\n")).learner;
  std::string record = learner_options_to_json(one);
  const std::string key = "\"arms\":1,";
  record.erase(record.find(key), key.size());
  CHECK(learner_options_from_json(record) == one);
}

TEST_CASE("arms that cannot be learned are refused where they stand") {
  const std::string learning = "[learning]\narms = ";
  const auto error = [&](const std::string& value) { return error_of(model_of(40, "[3]", learning + value + "\n")); };
  const std::string what =
      "f.toml:6: learning.arms: must be \"auto\", a whole number from 1 to 4 or [[learning.arms]] tables, got ";
  CHECK(error("\"some\"") == what + "\"some\"");
  CHECK(error("0") == what + "0");
  CHECK(error("5") == what + "5");
  CHECK(error("[]") == what + "[]");
  CHECK(error("4") ==
        "f.toml:6: learning.arms: must be at most 3 for a network of 40 inputs, got 4; more are possible as "
        "[[learning.arms]] tables");
  CHECK(error("3\nrule = \"am-sgd\"") ==
        "f.toml:5: learning.arms: several arms are learned by self-tuned steps only: learning.rule = \"am-mem\" with "
        "memory.gain = \"auto\"");
  CHECK(error("[{damping = 2}]") == "f.toml:6: learning.arms[0].reach: is required: a number above 0, at most 1");
  CHECK(error("[{reach = 1.5}]") ==
        "f.toml:6: learning.arms[0].reach: must be a number above 0 and at most 1, got 1.5");
  CHECK(error("[{reach = 1, dampings = 2}]")
            .starts_with("f.toml:6: learning.arms[0].dampings: unknown key; did you mean damping?"));
  CHECK(error("[{reach = 1, fourier_features = 4}]")
            .starts_with("f.toml:6: learning.arms[0].fourier_features: must be 0 for the first arm"));
  CHECK(error_of("[model]\ninputs = 16\nmax_classes = 2\n[[model.layer]]\ntype = \"recurrent\"\nhidden = 3\nsteps = 4\n"
                 "[learning]\narms = [{reach = 1}, {reach = 1, fourier_features = 4}]\n")
            .starts_with("f.toml:9: learning.arms[1].fourier_features: must be 0 unless the first layer is dense"));
  std::string many = "[";
  for (int i = 0; i < 9; ++i) many += "{reach = 1},";
  CHECK(error(many + "]") == "f.toml:6: learning.arms: at most 8 are possible");
}
