#include "core/serve/publish.hpp"
#include "tests/adapters/http/routes/fixture.hpp"

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
  at.cell.publish(snapshot_of(at.learner));
  const json after = json_of(at.post("/v1/predict", two_texts));
  CHECK(after["model"]["step"] == 1);
  CHECK(json::parse(before)["model"]["step"] == 0);
  CHECK(after["predictions"][0]["probabilities"]["0"].get<float>() ==
        snapshot_of(at.learner)->predict(two_samples).values[0]);
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
  at.cell.publish(snapshot_of(at.learner));
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
  CHECK(at.probe.rejections().empty());  // a prediction is not ingest
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

TEST_CASE("top_k names the most probable classes, the first of equals; without it a hundred are shown") {
  Fixture at({Task::classification, LabelKind::index, 2, 130});
  const Predictions all = at.cell.load()->predict(std::vector<float>{0.5F, -1.0F});
  const std::string question = R"({"features":[0.5,-1]})";
  const json three = json_of(at.post("/v1/predict?top_k=3", question))["predictions"][0];
  REQUIRE(three["probabilities"].size() == 3);
  std::vector<float> shown;
  for (const auto& [name, probability] : three["probabilities"].items()) {
    shown.push_back(probability.get<float>());
    CHECK(probability.get<float>() == all.values[std::stoul(name)]);
  }
  std::vector<float> sorted = all.values;
  std::sort(sorted.rbegin(), sorted.rend());
  std::sort(shown.rbegin(), shown.rend());
  CHECK(shown == std::vector<float>(sorted.begin(), sorted.begin() + 3));
  CHECK(three["probabilities"].contains(std::to_string(three["label"].get<int>())));
  CHECK(json_of(at.post("/v1/predict", question))["predictions"][0]["probabilities"].size() == 100);
  CHECK(json_of(at.post("/v1/predict?x=1&top_k=1000", question))["predictions"][0]["probabilities"].size() == 130);
  for (const char* wrong : {"0", "-1", "", "two", "1.5", "1&top_k=2", "99999999999999999999999"})
    CHECK_MESSAGE(error_of(at.post("/v1/predict?top_k=" + std::string(wrong), question)) == Failure(400, "bad_top_k"),
                  wrong);
}

TEST_CASE("what is predicted in blocks is what single samples get") {
  Fixture at({Task::classification, LabelKind::index, 2, 3}, 2000);
  std::string list = "[";
  for (int i = 0; i < 1500; ++i)
    list +=
        (i > 0 ? ",{\"features\":[" : "{\"features\":[") + std::to_string(i % 7) + "," + std::to_string(i % 11) + "]}";
  const json many = json_of(at.post("/v1/predict", list + "]"));
  REQUIRE(many["predictions"].size() == 1500);
  for (const int i : {0, 511, 512, 1023, 1024, 1499}) {
    const json one = json_of(at.post("/v1/predict", "{\"features\":[" + std::to_string(i % 7) + "," +
                                                        std::to_string(i % 11) + "]}"))["predictions"][0];
    for (const auto& [name, value] : one["probabilities"].items())
      CHECK(many["predictions"][static_cast<std::size_t>(i)]["probabilities"][name].get<double>() ==
            doctest::Approx(value.get<double>()));
  }
}

TEST_CASE("an answer has a largest size, and all of them together have one, given back when they are taken") {
  const auto budget = std::make_shared<AnswerBudget>(5000);
  Fixture at({Task::classification, LabelKind::index, 2, 100}, 1000, "", {4000, budget});
  const std::string question = R"({"features":[0.5,-1]})";
  const auto several = [&](int n) {
    std::string list = "[" + question;
    for (int i = 1; i < n; ++i) list += "," + question;
    return list + "]";
  };
  const std::string infer = R"({"inputs":[{"name":"input","datatype":"FP32","shape":[20,2],"data":[)" +
                            std::string("1") +
                            [] {
                              std::string rest;
                              for (int i = 1; i < 40; ++i) rest += ",1";
                              return rest;
                            }() +
                            "]}]}";
  const std::map<std::string, std::string> type = {{"content-type", "application/json"}};
  CHECK(error_of(at.post("/v1/predict", several(20))) == Failure(413, "answer_too_large"));
  CHECK(at.post("/v2/models/mo del/infer", infer, type).status == 413);
  CHECK(at.post("/v1/predict?top_k=1", several(20)).status == 200);
  CHECK(budget->used() == 0);
  {
    const Response first = at.post("/v1/predict", several(2));
    REQUIRE(first.status == 200);
    CHECK(budget->used() >= first.body.size() - 100);  // less the part after the last sample
    const Response second = at.post("/v1/predict", several(2));
    CHECK(error_of(second) == Failure(503, "overloaded"));
    CHECK(header_of(second, "Retry-After") == "1");
    CHECK(at.get("/livez").status == 200);
  }
  CHECK(budget->used() == 0);
  CHECK(at.post("/v1/predict", several(2)).status == 200);
}

TEST_CASE("what the model has no finite answer for is refused, and named") {
  for (const Task task : {Task::classification, Task::regression}) {
    Fixture at({task, LabelKind::index, 2, 3});
    const std::string question = R"([{"features":[1,2]},{"features":[3e38,3e38]},{"features":[-3e38,3e38]}])";
    const Response response = at.post("/v1/predict", question);
    CHECK(response.body.find("null") == std::string::npos);
    if (response.status == 200) continue;  // finite after all
    CHECK(error_of(response) == Failure(400, "not_finite"));
    CHECK(json_of(response)["rejected"][0]["index"].get<int>() >= 1);
    const Response inferred = at.post("/v2/models/mo del/infer",
                                      R"({"inputs":[{"name":"input","datatype":"FP64","shape":[2,2],
                                          "data":[1,2,3e38,3e38]}]})",
                                      {{"content-type", "application/json"}});
    CHECK(inferred.status == 400);
    CHECK(inferred.body.find("row 1") != std::string::npos);
  }
}

TEST_CASE("long predictions that have not begun when the daemon stops are not waited for") {
  Fixture at;
  std::vector<Workers::Job> jobs;
  at.services.run = [&](Lane, Workers::Job job) {
    jobs.push_back(std::move(job));
    return true;
  };
  at.make_routes();
  std::string long_one = R"({"features":[1,2]})";
  const auto quick = at.start(Fixture::request("POST", "/v1/predict", long_one));
  long_one.append(100 << 10, ' ');
  const auto slow = at.start(Fixture::request("POST", "/v1/predict", long_one));
  at.health.draining = true;
  for (const Workers::Job& job : jobs) job();
  REQUIRE(quick->has_value());
  CHECK((*quick)->status == 200);
  REQUIRE(slow->has_value());
  CHECK((*slow)->status == 503);
}

TEST_CASE("what a lane has no room for is answered 503, everything else is as before") {
  Fixture at;
  bool room = true;
  std::vector<Lane> lanes;
  at.services.run = [&](Lane lane, const Workers::Job& job) {
    lanes.push_back(lane);
    if (room) job();
    return room;
  };
  at.make_routes();
  const std::string question = R"({"features":[1,2]})";
  CHECK(at.post("/v1/predict", question).status == 200);
  std::string long_one = question;
  long_one.append(100 << 10, ' ');
  CHECK(at.post("/v1/predict", long_one).status == 200);
  CHECK(at.post("/v1/ingest", R"({"features":[1,2],"label":1})").status == 200);
  CHECK(at.get("/v1/model").status == 200);
  CHECK(lanes == std::vector<Lane>{Lane::quick, Lane::predictions, Lane::ingest, Lane::status});
  room = false;
  CHECK(error_of(at.post("/v1/predict", question)) == Failure(503, "overloaded"));
  CHECK(error_of(at.post("/v1/ingest", R"({"features":[1,2],"label":1})")) == Failure(503, "overloaded"));
  CHECK(at.post("/v2/models/mo del/infer", "{}", {{"content-type", "application/json"}}).status == 503);
  CHECK(at.get("/livez").status == 200);
  CHECK(at.get("/v1/model").status == 503);
}
