#include <doctest/doctest.h>

#include "tests/config/support.hpp"

using namespace altmind;
using namespace altmind::config;
using namespace altmind::test;

namespace {

LearnerOptions some_options() {
  LearnerOptions options;
  options.model.spec.inputs = 4;
  options.model.spec.outputs = 3;
  return options;
}

std::string json_error(std::string text, const std::string& part = "", const std::string& instead = "") {
  if (!part.empty()) {
    const std::size_t at = text.find(part);
    REQUIRE(at != std::string::npos);
    text.replace(at, part.size(), instead);
  }
  try {
    learner_options_from_json(text);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

const std::string name = "recorded learning configuration: ";

}  // namespace

TEST_CASE("learner options are recorded with the keys of the file") {
  CHECK(
      learner_options_to_json(some_options()) ==
      R"({"model":{"name":"altmind","task":"classification","inputs":4,"max_classes":3,"labels":"index",)"
      R"("hidden":[100,100],"activation":"relu","seed":1},)"
      R"("learning":{"rule":"am-mem","batch_size":200,"arms":1,"mu":0.0,"mu_growth":0.0,"mu_limit":"none",)"
      R"("code_steps":5,"code_rate":"auto","momentum":0.9,"norm":"power","sparsity":0.0,"local_rate":0.001,"output_rule":"auto","output_rate":0.001,)"
      R"("rate_halving":"never","rate_decay":"never","output_at":"forward"},)"
      R"("memory":{"horizon":20000.0,"gain":"auto","damping":"auto","sweeps":1,"regressors":"forward","weight_l1":0.0,)"
      R"("rows":"auto","sweep_parts":1},)"
      R"("consolidation":{"enabled":true,"strength":0.3,"class_strength":1.6},)"
      R"("features":{"normaliser":"none","scale":1.0,"mean":0.0,"std":1.0,"targets":"standardise"},)"
      R"("drift":{"page_hinkley":true,"page_hinkley_delta":0.01,"page_hinkley_lambda":100.0,"adwin":true,)"
      R"("adwin_delta":0.0002,"cooldown":2000,"reaction":"none"},)"
      R"("evaluation":{"holdout_per_concept":0,"holdout_concepts":10,"holdout_batches":50}})");
}

TEST_CASE("members that are unknown, missing or wrong are errors") {
  const std::string json = learner_options_to_json(some_options());
  REQUIRE(json_error(json).empty());
  CHECK(json_error(json, "\"rows\":\"auto\"", "\"rows\":1.0,\"blocks\":2") ==
        name +
            "memory.blocks: unknown key; [memory] has horizon, gain, damping, sweeps, regressors, weight_l1, rows "
            "and sweep_parts");
  CHECK(json_error(json, "{\"model\"", "{\"tuning\":{},\"model\"") ==
        name + "tuning: unknown member; written by a newer version");
  CHECK(json_error(json, "\"mu\":0.0,", "") == name + "learning.mu: is missing");
  CHECK(json_error(json, "\"max_classes\":3,", "").starts_with(name + "model.max_classes: is required"));
  CHECK(json_error(json, "\"mu\":0.0", "\"mu\":null") ==
        name + "learning.mu: must be a number from 0 to 1000000, got null");
  CHECK(json_error(json, "\"hidden\":[100,100]", "\"hidden\":[100,-1]") ==
        name + "model.hidden[1]: must be a whole number from 1 to 100000, got -1");
  CHECK(json_error(json, "\"model\":{", "\"model\":[") == name + "not a JSON object");
  CHECK(json_error("[]") == name + "not a JSON object");
  CHECK(json_error("{\"model\":3}") == name + "model: must be an object");
  CHECK(json_error("{}").starts_with(name + "model.inputs: is required"));
}

TEST_CASE("a record from before there were schedules is one without any") {
  std::string json = learner_options_to_json(some_options());
  const auto cut = [&json](const std::string& text) { json.erase(json.find(text), text.size()); };
  cut("\"mu_growth\":0.0,\"mu_limit\":\"none\",");
  cut("\"rate_halving\":\"never\",\"rate_decay\":\"never\",");
  CHECK(learner_options_from_json(json) == some_options());
}

TEST_CASE("keys of the file that do not decide learning are not in the record") {
  const std::string json = learner_options_to_json(some_options());
  CHECK(json_error(json, "\"batch_size\":200", "\"batch_size\":200,\"queue_samples\":5")
            .starts_with(name + "learning.queue_samples: unknown key"));
}

TEST_CASE("JSON nested without end is refused") {
  const std::string bomb(1'000'000, '[');
  CHECK_FALSE(json_error(bomb).empty());
  CHECK_FALSE(json_error("{\"model\":{\"hidden\":" + bomb + std::string(1'000'000, ']') + "}}").empty());
}
