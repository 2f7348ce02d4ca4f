#include "tests/adapters/http/fixture.hpp"

using namespace altmind;
using namespace altmind::http;
using namespace altmind::test;
using nlohmann::json;

namespace {

const std::vector<float> two_samples = {0.5F, -1.0F, 2.0F, 3.0F};
const std::string two_texts = R"([{"features":[0.5,-1],"id":"q\"1"},{"features":[2,3],"id":17}])";

}  // namespace

TEST_CASE("predictions are the snapshot's, also before anything was learned") {
  Fixture at;
  const Response response = at.post("/v1/predict", two_texts);
  CHECK(response.status == 200);
  CHECK(response.route == "/v1/predict");
  CHECK(header_of(response, "Cache-Control") == "no-store");
  const json body = json_of(response);
  const Predictions expected = at.cell.load()->predict(two_samples);
  REQUIRE(body["predictions"].size() == 2);
  CHECK(body["predictions"][0]["id"] == "q\"1");
  CHECK(body["predictions"][1]["id"] == 17);
  for (std::size_t i = 0; i < 2; ++i) {
    const json& prediction = body["predictions"][i];
    CHECK(prediction["label"] == expected.label[i]);
    CHECK(prediction["probabilities"].size() == 3);
    double sum = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      const float value = prediction["probabilities"][std::to_string(k)];
      CHECK(value == expected.values[3 * i + k]);  // the digits read back as the same float
      sum += static_cast<double>(value);
    }
    CHECK(sum == doctest::Approx(1.0));
  }
  CHECK(body["model"] == json{{"name", "mo del"}, {"step", 0}});
}

TEST_CASE("one object is a list of one, and gets an id when it brings none") {
  Fixture at;
  const json first = json_of(at.post("/v1/predict", R"({"features":[1,2]})"));
  CHECK(first["predictions"].size() == 1);
  CHECK(first["predictions"][0]["id"] == "fresh-1");
  CHECK(json_of(at.post("/v1/predict", R"({"features":[1,2],"label":1})"))["predictions"][0]["id"] == "fresh-2");
}

TEST_CASE("predictions follow the published snapshot and name its step") {
  Fixture at;
  Batch batch;
  batch.last_sequence = 4;
  batch.samples = {{1, 2, 3, 4, 5, 6, 7, 8}, {0, 1, 2, 0}, {}, {}, 4};
  at.learner.step(batch);
  const std::string before = at.post("/v1/predict", two_texts).body;
  at.cell.publish(at.learner.snapshot());
  const json after = json_of(at.post("/v1/predict", two_texts));
  CHECK(after["model"]["step"] == 1);
  CHECK(json::parse(before)["model"]["step"] == 0);
  CHECK(after["predictions"][0]["probabilities"]["0"].get<float>() ==
        at.learner.snapshot()->predict(two_samples).values[0]);
}

TEST_CASE("named classes are shown by name once they have been seen") {
  Fixture at({Task::classification, LabelKind::named, 2, 4});
  const json none = json_of(at.post("/v1/predict", R"({"features":[1,2]})"));
  CHECK(none["predictions"][0]["label"].is_null());
  CHECK(none["predictions"][0]["probabilities"] == json::object());
  Batch batch;
  batch.last_sequence = 2;
  batch.samples = {{1, 2, 3, 4}, {0, 1}, {}, {}, 2};
  batch.new_names = {"k\"1", "3"};
  at.learner.step(batch);
  at.cell.publish(at.learner.snapshot());
  const json prediction = json_of(at.post("/v1/predict", R"({"features":[1,2]})"))["predictions"][0];
  CHECK(prediction["probabilities"].size() == 2);
  CHECK(prediction["probabilities"].contains("k\"1"));
  const std::string label = prediction["label"];
  CHECK((label == "k\"1" || label == "3"));
  const double other = prediction["probabilities"][label == "3" ? "k\"1" : "3"];
  CHECK(prediction["probabilities"][label].get<double>() >= other);
}

TEST_CASE("regression answers a value or values") {
  Fixture one({Task::regression, LabelKind::index, 2, 1});
  const json single = json_of(one.post("/v1/predict", R"({"features":[1,2]})"))["predictions"][0];
  CHECK(single["value"].get<float>() == one.cell.load()->predict(std::vector<float>{1, 2}).values[0]);
  CHECK(!single.contains("label"));
  Fixture three({Task::regression, LabelKind::index, 2, 3});
  CHECK(json_of(three.post("/v1/predict", R"({"features":[1,2]})"))["predictions"][0]["values"].size() == 3);
}

TEST_CASE("one bad sample makes a prediction request 400, with every bad index") {
  Fixture at;
  const Response response = at.post("/v1/predict", R"([{"features":[1,2]},{"features":[1]},{"features":[1,"2"]}])");
  CHECK(error_of(response) == Failure(400, "wrong_dimension"));
  const json body = json_of(response);
  REQUIRE(body["rejected"].size() == 2);
  CHECK(body["rejected"][0]["index"] == 1);
  CHECK(body["rejected"][1] ==
        json{{"index", 2}, {"reason", "not_a_number"}, {"message", body["rejected"][1]["message"]}});
  CHECK(at.probe.rejections().empty());  // nothing was to be learned
}

TEST_CASE("prediction bodies have the same limits and types as samples") {
  Fixture at;
  CHECK(error_of(at.post("/v1/predict", "[]")).second == "no_samples");
  CHECK(error_of(at.post("/v1/predict", "{\"features\":[1,2]}", {{"content-type", "text/plain"}})).first == 415);
  std::string lines;
  for (int i = 0; i < 51; ++i) lines += "{\"features\":[1,2]}\n";
  CHECK(error_of(at.post("/v1/predict", lines, {{"content-type", "application/x-ndjson"}})).first == 413);
  CHECK(at.post("/v1/predict", lines.substr(lines.find('\n') + 1), {{"content-type", "application/x-ndjson"}}).status ==
        200);
}
