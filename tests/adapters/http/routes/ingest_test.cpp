#include <thread>

#include "tests/adapters/http/routes/fixture.hpp"

using namespace altmind;
using namespace altmind::http;
using namespace altmind::test;
using nlohmann::json;

namespace {

const SampleSpec named_spec{Task::classification, LabelKind::named, 2, 3};
const std::string good = R"({"features":[1,2],"label":2})";
const std::map<std::string, std::string> key_a = {{"idempotency-key", "a"}};

}  // namespace

TEST_CASE("a sample, a list and lines are taken and answered with the journal's number") {
  Fixture at;
  const json one = json_of(at.post("/v1/ingest", good));
  CHECK(one == json{{"accepted", 1}, {"rejected", json::array()}, {"rejected_total", 0}, {"sequence", 1}});
  CHECK(json_of(at.post("/v1/ingest", "[" + good + "," + good + "]"))["sequence"] == 3);
  CHECK(json_of(at.post("/v1/ingest", good + "\n" + good + "\n",
                        {{"content-type", "application/x-ndjson"}}))["accepted"] == 2);
  REQUIRE(at.sink.groups.size() == 3);
  CHECK(at.sink.groups[0].origin.source == "http");
  CHECK(at.sink.groups[0].origin.key.empty());
  CHECK(at.sink.groups[1].samples.x == std::vector<float>{1, 2, 1, 2});
  CHECK(at.sink.groups[1].samples.label == std::vector<std::uint32_t>{2, 2});
}

TEST_CASE("the answer waits until the samples are durable") {
  Fixture at;
  at.sink.at_once = false;
  const auto answer = at.start(Fixture::request("POST", "/v1/ingest", good));
  CHECK(!answer->has_value());
  std::jthread([&] { at.sink.make_durable(); }).join();  // the writer's thread
  REQUIRE(answer->has_value());
  CHECK((*answer)->status == 200);
  CHECK((*answer)->route == "/v1/ingest");
}

TEST_CASE("bad samples are named by index and reason, and their neighbours are taken") {
  Fixture at;
  const Response response =
      at.post("/v1/ingest", "[" + good + R"(,{"features":[1],"label":0},)" + good +
                                R"(,{"features":[1,1e999],"label":0},{"features":[1,2],"label":3},oops])");
  CHECK(response.status == 200);
  const json body = json_of(response);
  CHECK(body["accepted"] == 2);
  CHECK(body["sequence"] == 2);
  CHECK(body["rejected_total"] == 4);
  std::vector<std::pair<int, std::string>> rejected;
  for (const json& one : body["rejected"]) {
    rejected.emplace_back(one["index"], one["reason"]);
    CHECK(one["message"].get<std::string>().size() > 5);
  }
  CHECK(rejected == std::vector<std::pair<int, std::string>>{
                        {1, "wrong_dimension"}, {3, "not_finite"}, {4, "label_out_of_range"}, {5, "not_json"}});
  const auto told = at.probe.rejections();
  REQUIRE(told.size() == 4);
  CHECK(told[0].source == "http");
  CHECK(told[0].record == R"({"features":[1],"label":0})");
}

TEST_CASE("when every sample is bad the answer is 400 and nothing is offered") {
  Fixture at;
  const Response response = at.post("/v1/ingest", R"([{"features":[1],"label":0},{}])");
  CHECK(error_of(response) == Failure(400, "wrong_dimension"));
  const json body = json_of(response);
  CHECK(body["accepted"] == 0);
  CHECK(body["rejected"].size() == 2);
  CHECK(at.sink.groups.empty());
  CHECK(at.probe.rejections().size() == 2);
}

TEST_CASE("the list of bad samples is bounded, their number is told") {
  Fixture at({Task::classification, LabelKind::index, 2, 3}, 1000);
  std::string lines = good + "\n";
  for (int i = 0; i < 500; ++i) lines += "{}\n";
  const json body = json_of(at.post("/v1/ingest", lines, {{"content-type", "application/x-ndjson"}}));
  CHECK(body["accepted"] == 1);
  CHECK(body["rejected"].size() == 100);
  CHECK(body["rejected_total"] == 500);
  CHECK(at.probe.rejections().size() == 500);
}

TEST_CASE("bodies that are no samples have their own errors") {
  Fixture at;
  CHECK(error_of(at.post("/v1/ingest", "")) == Failure(400, "no_samples"));
  CHECK(error_of(at.post("/v1/ingest", "[1,")) == Failure(400, "not_json"));
  CHECK(error_of(at.post("/v1/ingest", "hello")) == Failure(400, "not_json"));
  CHECK(error_of(at.post("/v1/ingest", "{\"features\":")) == Failure(400, "not_json"));
  CHECK(error_of(at.post("/v1/ingest", good, {{"content-type", "text/plain"}})) ==
        Failure(415, "unsupported_media_type"));
  std::string many = "[" + good;
  for (int i = 0; i < 50; ++i) many += "," + good;
  CHECK(error_of(at.post("/v1/ingest", many + "]")) == Failure(413, "too_many_samples"));
  CHECK(at.sink.groups.empty());
}

TEST_CASE("a web page of another site cannot teach the model") {
  Fixture at;
  CHECK(error_of(at.post("/v1/ingest", good, {{"origin", "https://evil.example"}})) == Failure(403, "cross_origin"));
  CHECK(error_of(at.post("/v1/ingest", good, {{"origin", "null"}})).first == 403);
  CHECK(at.post("/v1/ingest", good, {{"origin", "http://localhost:8080"}}).status == 200);
}

TEST_CASE("a full queue is 429 with Retry-After, and bad samples count once the request is taken") {
  Fixture at;
  at.sink.admission = Admission::full;
  const std::string body = "[" + good + ",{}]";
  const Response response = at.post("/v1/ingest", body, key_a);
  CHECK(error_of(response) == Failure(429, "queue_full"));
  CHECK(header_of(response, "Retry-After") == "1");
  CHECK(at.probe.queue_full_count() == 1);
  CHECK(at.probe.rejections().empty());
  at.sink.admission = Admission::accepted;
  CHECK(at.post("/v1/ingest", body, key_a).status == 200);
  CHECK(at.probe.rejections().size() == 1);
}

TEST_CASE("a stopping daemon, a closed sink and a failed journal are 503") {
  Fixture at;
  at.sink.admission = Admission::closed;
  CHECK(error_of(at.post("/v1/ingest", good)) == Failure(503, "draining"));
  at.sink.admission = Admission::accepted;
  at.health.draining = true;
  CHECK(error_of(at.post("/v1/ingest", good)) == Failure(503, "draining"));
  at.health = {};
  at.health.journal_failed = true;
  CHECK(error_of(at.post("/v1/ingest", good)) == Failure(503, "journal_failed"));
  CHECK(at.sink.groups.empty());
  at.health = {};
  at.sink.durable = false;
  CHECK(error_of(at.post("/v1/ingest", good, key_a)) == Failure(503, "journal_failed"));
  at.sink.durable = true;
  CHECK(at.post("/v1/ingest", good, key_a).status == 200);
}

TEST_CASE("a key that was answered is answered the same and learned once") {
  Fixture at;
  const std::string body = "[" + good + ",{}," + good + "]";
  const Response first = at.post("/v1/ingest", body, key_a);
  REQUIRE(first.status == 200);
  REQUIRE(at.sink.groups.size() == 1);
  const Origin& origin = at.sink.groups[0].origin;
  CHECK(origin.key == "a");
  at.ledger.record(origin, 2, 2);  // as the writer does before it reports durability
  const Response second = at.post("/v1/ingest", body, key_a);
  CHECK(second.body == first.body);
  CHECK(second.status == 200);
  CHECK(header_of(second, "Idempotency-Replayed") == "true");
  CHECK(header_of(first, "Idempotency-Replayed").empty());
  CHECK(at.sink.groups.size() == 1);
  CHECK(at.probe.rejections().size() == 1);

  CHECK(error_of(at.post("/v1/ingest", good, key_a)) == Failure(422, "idempotency_key_reused"));
  CHECK(at.post("/v1/ingest", good, {{"idempotency-key", "b"}}).status == 200);
  at.health.draining = true;
  CHECK(at.post("/v1/ingest", body, key_a).status == 200);
}

TEST_CASE("a key whose first request is not answered is 409, with another body 422") {
  Fixture at;
  at.sink.at_once = false;
  const auto first = at.start(Fixture::request("POST", "/v1/ingest", good, key_a));
  const Response second = at.post("/v1/ingest", good, key_a);
  CHECK(error_of(second) == Failure(409, "idempotency_key_in_flight"));
  CHECK(header_of(second, "Retry-After") == "1");
  CHECK(error_of(at.post("/v1/ingest", "[" + good + "]", key_a)).first == 422);
  CHECK(at.sink.groups.size() == 1);
  at.ledger.record(at.sink.groups[0].origin, 1, 1);
  at.sink.make_durable();
  CHECK((*first)->status == 200);
  CHECK(at.post("/v1/ingest", good, key_a).body == (*first)->body);
  CHECK(at.sink.groups.size() == 1);
}

TEST_CASE("a key is free again after a request that took nothing") {
  Fixture at;
  CHECK(at.post("/v1/ingest", "{}", key_a).status == 400);
  CHECK(at.post("/v1/ingest", good, key_a).status == 200);
}

TEST_CASE("keys are 1 to 255 visible characters") {
  Fixture at;
  for (const std::string& key :
       {std::string(), std::string("a b"), std::string("a, b"), std::string("\xc3\xa9"), std::string(256, 'k')})
    CHECK(error_of(at.post("/v1/ingest", good, {{"idempotency-key", key}})) == Failure(400, "bad_idempotency_key"));
  CHECK(at.post("/v1/ingest", good, {{"idempotency-key", std::string(255, 'k')}}).status == 200);
}

TEST_CASE("names that find the class table full are mapped back to their records") {
  Fixture at(named_spec);
  at.sink.refuse_name = "z";
  const std::string body =
      R"([{"features":[1,2],"label":"x"},{},{"features":[1,2],"label":"z"},{"features":[1,2],"label":"y"}])";
  const json answer = json_of(at.post("/v1/ingest", body));
  CHECK(answer["accepted"] == 2);
  CHECK(answer["rejected_total"] == 2);
  CHECK(answer["rejected"][0]["index"] == 1);
  CHECK(answer["rejected"][1]["index"] == 2);
  CHECK(answer["rejected"][1]["reason"] == "label_out_of_range");
  CHECK(at.probe.rejections().size() == 2);

  const Response all = at.post("/v1/ingest", R"({"features":[1,2],"label":"z"})");
  CHECK(error_of(all) == Failure(400, "label_out_of_range"));
}

TEST_CASE("a replayed key finds again which names found the table full") {
  Fixture at(named_spec);
  at.sink.refuse_name = "z";
  const std::string body = R"([{"features":[1,2],"label":"z"},{"features":[1,2],"label":"x"}])";
  const Response first = at.post("/v1/ingest", body, key_a);
  at.ledger.record(at.sink.groups[0].origin, 1, 1);
  // The snapshot does not know "x" yet: the number of rejected samples is known, but not which they are.
  const json vague = json_of(at.post("/v1/ingest", body, key_a));
  CHECK(vague["accepted"] == 1);
  CHECK(vague["rejected_total"] == 1);
  CHECK(vague["rejected"].empty());
  Snapshot later = *at.cell.load();
  later.labels = LabelTable({"v", "w", "x"});
  at.cell.publish(std::make_shared<const Snapshot>(later));
  CHECK(at.post("/v1/ingest", body, key_a).body == first.body);
}
