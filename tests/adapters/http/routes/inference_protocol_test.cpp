#include "tests/adapters/http/routes/fixture.hpp"

using namespace altmind;
using namespace altmind::http;
using namespace altmind::test;
using nlohmann::json;

namespace {

const std::string model = "/v2/models/mo del";

json tensor(const std::string& datatype, json shape, json data) {
  return {{"name", "input"}, {"datatype", datatype}, {"shape", std::move(shape)}, {"data", std::move(data)}};
}
std::string body_of(json input, json more = json::object()) {
  more["inputs"] = json::array({std::move(input)});
  return more.dump();
}

/// Checks the protocol's error object, a single message; returns the status.
int protocol_error_of(const Response& response) {
  const json body = json_of(response);
  CHECK(body.size() == 1);
  CHECK(body["error"].get<std::string>().size() > 5);
  return response.status;
}

}  // namespace

TEST_CASE("server and model describe themselves") {
  Fixture at;
  CHECK(json_of(at.get("/v2"))["name"] == "altmind");
  CHECK(json_of(at.get("/v2"))["extensions"] == json::array());
  CHECK(json_of(at.get("/v2/health/live")) == json{{"live", true}});
  CHECK(json_of(at.get("/v2/health/ready")) == json{{"ready", true}});
  const json expected = {{"name", "mo del"},
                         {"versions", {"1"}},
                         {"platform", "altmind"},
                         {"inputs", json::array({{{"name", "input"}, {"datatype", "FP32"}, {"shape", {-1, 2}}}})},
                         {"outputs", json::array({{{"name", "probabilities"}, {"datatype", "FP32"}, {"shape", {-1, 3}}},
                                                  {{"name", "label"}, {"datatype", "INT64"}, {"shape", {-1}}}})}};
  CHECK(json_of(at.get(model)) == expected);
  CHECK(json_of(at.get(model + "/versions/1")) == expected);
  CHECK(json_of(at.get(model + "/ready")) == json{{"name", "mo del"}, {"ready", true}});
  CHECK(at.get(model + "/versions/1/ready").status == 200);
  at.health.ready = false;
  CHECK(at.get("/v2/health/ready").status == 503);
  CHECK(at.get(model + "/ready").status == 503);
  CHECK(at.get("/v2/health/live").status == 200);
}

TEST_CASE("unknown models and versions are 404 with the protocol's error") {
  Fixture at;
  for (const std::string path : {"/v2/models/other", "/v2/models/other/ready"})
    CHECK(protocol_error_of(at.get(path)) == 404);
  CHECK(protocol_error_of(at.get(model + "/versions/2")) == 404);
  CHECK(protocol_error_of(at.post("/v2/models/other/infer", "{}")) == 404);
  CHECK(protocol_error_of(at.post(model + "/versions/0/infer", "{}")) == 404);
}

TEST_CASE("flat and nested data of every number type give the snapshot's predictions") {
  Fixture at;
  const Predictions expected = at.cell.load()->predict(std::vector<float>{1, 2, 3, 4});
  for (const char* type : {"FP32", "FP64", "INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64"})
    for (const json& data : {json{1, 2, 3, 4}, json{{1, 2}, {3, 4}}}) {
      const Response response = at.post(model + "/infer", body_of(tensor(type, {2, 2}, data), {{"id", "x\"y"}}));
      REQUIRE_MESSAGE(response.status == 200, response.body);
      const json body = json_of(response);
      CHECK(body["model_name"] == "mo del");
      CHECK(body["model_version"] == "1");
      CHECK(body["id"] == "x\"y");
      CHECK(body["parameters"]["step"] == 0);
      REQUIRE(body["outputs"].size() == 2);
      CHECK(body["outputs"][0]["name"] == "probabilities");
      CHECK(body["outputs"][0]["datatype"] == "FP32");
      CHECK(body["outputs"][0]["shape"] == json{2, 3});
      CHECK(body["outputs"][0]["data"].get<std::vector<float>>() == expected.values);
      CHECK(body["outputs"][1]["shape"] == json{2});
      CHECK(body["outputs"][1]["datatype"] == "INT64");
      CHECK(body["outputs"][1]["data"].get<std::vector<std::uint32_t>>() == expected.label);
    }
}

TEST_CASE("whole numbers longer than 64 bits are read as what they are") {
  Fixture at;
  const auto ask = [&](const std::string& type, const std::string& data) {
    return at.post(model + "/infer",
                   "{\"id\":\"-123456789012345678901234567890\\\"1\",\"inputs\":[{\"name\":\"input\",\"datatype\":\"" +
                       type + "\",\"shape\":[1,2],\"data\":" + data + "}]}");
  };
  const auto values = [&](const Response& response) {
    REQUIRE_MESSAGE(response.status == 200, response.body);
    CHECK(json_of(response)["id"] == "-123456789012345678901234567890\"1");
    return json_of(response)["outputs"];
  };
  for (const char* type : {"FP32", "FP64"}) {
    CHECK(values(ask(type, "[100000000000000000000,1]")) == values(ask(type, "[1e20,1.0]")));
    CHECK(values(ask(type, "[[-100000000000000000000 ,1.5e-00000000000000000001]]")) ==
          values(ask(type, "[-1e20,0.15]")));
  }
  CHECK(ask("INT64", "[100000000000000000000,1]").status == 400);
  CHECK(ask("UINT64", "[100000000000000000000,1]").status == 400);
  CHECK(ask("FP64", "[1" + std::string(400, '0') + ",1]").status == 400);
  CHECK(ask("FP64", "[000000000000000000001,1]").status == 400);
}

TEST_CASE("one sample may come without the batch dimension") {
  Fixture at;
  const json body = json_of(at.post(model + "/versions/1/infer", body_of(tensor("FP32", {2}, {0.5, -1.5}))));
  CHECK(body["outputs"][0]["shape"] == json{1, 3});
  CHECK(!body.contains("id"));
}

TEST_CASE("requested outputs come alone and in their order; parameters are ignored") {
  Fixture at;
  const json more = {{"outputs", json::array({{{"name", "label"}, {"parameters", {{"binary_data", false}}}}})},
                     {"parameters", {{"a", {1, 2, {{"b", nullptr}}}}}},
                     {"unknown", 1}};
  json input = tensor("FP32", {1, 2}, {1, 2});
  input["parameters"] = {{"x", "y"}};
  const json body = json_of(at.post(model + "/infer", body_of(input, more)));
  REQUIRE(body["outputs"].size() == 1);
  CHECK(body["outputs"][0]["name"] == "label");
  const json both = {{"outputs", json::array({{{"name", "label"}}, {{"name", "probabilities"}}})}};
  CHECK(json_of(at.post(model + "/infer", body_of(tensor("FP32", {1, 2}, {1, 2}), both)))["outputs"][1]["name"] ==
        "probabilities");
}

TEST_CASE("named labels are BYTES, regression has values") {
  Fixture named({Task::classification, LabelKind::named, 2, 3});
  CHECK(json_of(named.get(model))["outputs"][1]["datatype"] == "BYTES");
  CHECK(json_of(named.post(model + "/infer", body_of(tensor("FP32", {1, 2}, {1, 2}))))["outputs"][1]["data"] ==
        json{""});
  Fixture regression({Task::regression, LabelKind::index, 2, 2});
  CHECK(json_of(regression.get(model))["outputs"] ==
        json::array({{{"name", "values"}, {"datatype", "FP32"}, {"shape", {-1, 2}}}}));
  const json body = json_of(regression.post(model + "/infer", body_of(tensor("FP32", {1, 2}, {1, 2}))));
  REQUIRE(body["outputs"].size() == 1);
  CHECK(body["outputs"][0]["data"].get<std::vector<float>>() ==
        regression.cell.load()->predict(std::vector<float>{1, 2}).values);
}

TEST_CASE("requests that are not as the protocol says are 400 with one sentence") {
  Fixture at;
  const json fine = tensor("FP32", {1, 2}, {1, 2});
  const auto with = [&](const char* member, json value) {
    json input = fine;
    input[member] = std::move(value);
    return body_of(input);
  };
  const auto without = [&](const char* member) {
    json input = fine;
    input.erase(member);
    return body_of(input);
  };
  std::vector<std::string> bodies = {
      "",
      "x",
      "[]",
      "{}",
      "{\"inputs\":[]}",
      "{\"inputs\":{}}",
      "{\"inputs\":[1]}",
      "{\"inputs\":[{}]} x",
      json{{"inputs", {fine, fine}}}.dump(),
      body_of(fine, {{"id", 7}}),
      body_of(fine, {{"outputs", "label"}}),
      body_of(fine, {{"outputs", {{{"name", "nothing"}}}}}),
      body_of(fine, {{"outputs", {1}}}),
      with("name", "other"),
      with("datatype", "BOOL"),
      with("datatype", "BYTES"),
      with("datatype", "FP16"),
      with("datatype", 32),
      with("shape", json::array()),
      with("shape", {1, 3}),
      with("shape", {3}),
      with("shape", {0, 2}),
      with("shape", {-1, 2}),
      with("shape", {2, 2}),
      with("shape", {51, 2}),
      with("shape", {1, 1, 2}),
      with("shape", {1.5, 2}),
      with("shape", 2),
      with("shape", {18446744073709551615U, 2}),
      with("data", json::array()),
      with("data", {1}),
      with("data", {1, 2, 3}),
      with("data", {1, "2"}),
      with("data", {1, nullptr}),
      with("data", {1, true}),
      with("data", {1, 1e39}),
      with("data", 1),
      with("data", {{1}, {2}}),
      with("data", {{1, 2, 3}}),
      with("data", {{1, 2}, {3, 4}}),
      with("data", {{1, {2}}}),
      with("data", {{1, 2}, 3}),
      with("data", {1, {2}}),
      without("name"),
      without("datatype"),
      without("shape"),
      without("data"),
      body_of(tensor("UINT8", {1, 2}, {1, 256})),
      body_of(tensor("UINT8", {1, 2}, {1, -1})),
      body_of(tensor("INT8", {1, 2}, {1, 128})),
      body_of(tensor("INT32", {1, 2}, {1, 0.5})),
      "{\"inputs\":[{\"name\":\"input\",\"datatype\":\"FP32\",\"shape\":[1,2],\"data\":[1,1e999]}]}",
      "{\"inputs\":[{\"name\":\"input\",\"datatype\":\"FP32\",\"shape\":[1,2],\"data\":[1,NaN]}]}",
      "{\"inputs\":[{\"name\":\"inp\xff\"}]}",
      std::string(100'000, '['),
      "{\"inputs\":" + std::string(100'000, '[')};
  for (const std::string& body : bodies)
    CHECK_MESSAGE(protocol_error_of(at.post(model + "/infer", body)) == 400, body.substr(0, 120));
  CHECK(protocol_error_of(at.post(model + "/infer", body_of(fine), {{"inference-header-content-length", "10"}})) ==
        400);
  CHECK(at.post(model + "/infer", body_of(fine)).status == 200);
}

TEST_CASE("infer takes JSON only, and /v2/ is /v2") {
  Fixture at;
  const std::string body = body_of(tensor("FP32", {1, 2}, {1, 2}));
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded", "application/x-ndjson",
                           "application/octet-stream", "application/json; charset=latin1"})
    CHECK_MESSAGE(protocol_error_of(at.post(model + "/infer", body, {{"content-type", type}})) == 415, type);
  CHECK(protocol_error_of(at.post(model + "/infer", body,
                                  {{"content-encoding", "gzip"}, {"content-type", "application/json"}})) == 415);
  CHECK(at.post(model + "/infer", body, {{"content-type", "application/json; charset=utf-8"}}).status == 200);
  CHECK(at.get("/v2/").body == at.get("/v2").body);
  CHECK(at.get("/v2/").route == "/v2");
}
