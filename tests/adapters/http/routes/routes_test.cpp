#include "adapters/http/routes/routes.hpp"

#include <deque>
#include <set>
#include <stdexcept>

#include "tests/adapters/http/routes/fixture.hpp"

using namespace altmind;
using namespace altmind::http;
using namespace altmind::test;
using nlohmann::json;

TEST_CASE("unknown paths are 404 and known ones with another method 405 with Allow") {
  Fixture at;
  for (const char* path : {"/nothing", "/v1", "/v1/ingest/", "/v1/ingest/x", "//", "/v2/models", "/v2/models/",
                           "/livez/", "/v2/models//infer", "/V1/model", "*", "/v2/models/a/versions/1/ready/x"}) {
    const Response response = at.get(path);
    CHECK_MESSAGE((error_of(response) == Failure(404, "not_found")), std::string(path));
    CHECK(response.route == "unmatched");
  }
  const Response wrong = at.get("/v1/ingest");
  CHECK(error_of(wrong) == Failure(405, "method_not_allowed"));
  CHECK(header_of(wrong, "Allow") == "POST");
  const Response post = at.post("/metrics", "");
  CHECK(post.status == 405);
  CHECK(header_of(post, "Allow") == "GET, HEAD");
  CHECK(at.ask(Fixture::request("OPTIONS", "/v1/predict")).status == 405);
}

TEST_CASE("HEAD is GET") {
  Fixture at;
  const Response head = at.ask(Fixture::request("HEAD", "/v1/model"));
  CHECK(head.status == 200);
  CHECK(head.body == at.get("/v1/model").body);
}

TEST_CASE("what many ask for at once is rendered once, and nobody is told what was before his question") {
  for (const std::string path : {"/metrics", "/v1/model"}) {
    Fixture at;
    std::deque<Workers::Job> jobs;  // a running job may add another
    bool room = true;
    int rendered = 0;
    std::function<void()> meanwhile = [] {};
    const auto render = [&] {
      meanwhile();
      return "{\"n\":" + std::to_string(++rendered) + "}";
    };
    at.services.metrics = render;
    at.services.status = [&] { return render; };
    at.services.run = [&](Lane, Workers::Job job) {
      if (room) jobs.push_back(std::move(job));
      return room;
    };
    at.make_routes();
    const auto ask = [&] { return at.start(Fixture::request("GET", path)); };
    std::vector<std::shared_ptr<std::optional<Response>>> answers;
    for (int i = 0; i < 100; ++i) answers.push_back(ask());
    REQUIRE(jobs.size() == 1);
    meanwhile = [&] { answers.push_back(ask()); };
    jobs[0]();
    for (int i = 0; i < 100; ++i) {
      REQUIRE(answers[static_cast<std::size_t>(i)]->has_value());
      CHECK((*answers[static_cast<std::size_t>(i)])->body == "{\"n\":1}");
    }
    CHECK(!answers.back()->has_value());  // asked during the rendering: it must see later changes
    REQUIRE(jobs.size() == 2);
    meanwhile = [] { throw std::runtime_error("as asked"); };
    jobs[1]();
    CHECK(error_of(**answers.back()) == Failure(500, "internal"));
    room = false;
    CHECK(error_of(at.get(path)) == Failure(503, "overloaded"));
    room = true;
    meanwhile = [] {};
    const auto last = ask();
    jobs.back()();
    CHECK((*last)->body == "{\"n\":2}");
  }
}

TEST_CASE("status and metrics are passed on with their types") {
  Fixture at;
  CHECK(json_of(at.get("/v1/model")) == json{{"step", 7}});
  CHECK(header_of(at.get("/v1/model"), "Cache-Control") == "no-store");
  const Response metrics = at.get("/metrics");
  CHECK(metrics.content_type == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(metrics.body == "# TYPE x gauge\nx 1\n");
  CHECK(metrics.route == "/metrics");
}

TEST_CASE("health tells alive from ready, and why not when asked") {
  Fixture at;
  CHECK(at.get("/livez").status == 200);
  CHECK(at.get("/readyz").status == 200);
  CHECK(json_of(at.get("/readyz?verbose"))["ready"] == true);
  at.health = {false, true, false, "stopping: 12 samples \"left\""};
  CHECK(at.get("/livez").status == 200);
  CHECK(at.get("/readyz").status == 503);
  CHECK(at.get("/readyz").body == "not ready: stopping: 12 samples \"left\"\n");
  CHECK(json_of(at.get("/readyz?verbose=1")) == json{{"ready", false},
                                                     {"draining", true},
                                                     {"journal_failed", false},
                                                     {"detail", "stopping: 12 samples \"left\""}});
}

TEST_CASE("a checkpoint is answered when it is saved, or with why not") {
  Fixture at;
  const auto answer = at.start(Fixture::request("POST", "/v1/admin/checkpoint"));
  CHECK(!answer->has_value());
  at.checkpoint_done({true, 12, "checkpoints/step-12.safetensors", ""});
  CHECK(json_of(answer->value()) == json{{"step", 12}, {"file", "checkpoints/step-12.safetensors"}});
  const auto failed = at.start(Fixture::request("POST", "/v1/admin/checkpoint"));
  at.checkpoint_done({false, 0, "", "No space left on device"});
  CHECK(error_of(failed->value()) == Failure(500, "checkpoint_failed"));
  CHECK(failed->value().body.find("No space left on device") != std::string::npos);
}

TEST_CASE("a boundary is answered when it is durable, with the sample it stands behind, or with why not") {
  Fixture at;
  const auto answer = at.start(Fixture::request("POST", "/v1/admin/consolidate"));
  CHECK(!answer->has_value());
  at.boundary_durable({true, 42});
  CHECK((*answer)->status == 200);
  CHECK(json_of(answer->value()) == json{{"announced", true}, {"after_sample", 42}});
  const auto failed = at.start(Fixture::request("POST", "/v1/admin/consolidate"));
  at.boundary_durable({false, 0});
  CHECK(error_of(failed->value()) == Failure(503, "journal_failed"));

  at.boundary_durable = {};
  at.health.journal_failed = true;
  CHECK(error_of(at.post("/v1/admin/consolidate", "")) == Failure(503, "journal_failed"));
  at.health.journal_failed = false;
  at.sink.admission = Admission::closed;
  const Response late = at.post("/v1/admin/consolidate", "");
  CHECK(error_of(late) == Failure(503, "draining"));
  CHECK(header_of(late, "Retry-After") == "1");
  const Response wrong = at.get("/v1/admin/consolidate");
  CHECK(error_of(wrong) == Failure(405, "method_not_allowed"));
  CHECK(header_of(wrong, "Allow") == "POST");
  CHECK(!at.boundary_durable);
}

TEST_CASE("where there is no consolidated memory a boundary is 409 with the setting, and waiting would not help") {
  const std::string why = "consolidation.enabled: must be true for a boundary to be announced, got false";
  Fixture at({Task::classification, LabelKind::index, 2, 3}, 50, why);
  const Response response = at.post("/v1/admin/consolidate", "");
  CHECK(error_of(response) == Failure(409, "no_consolidated_memory"));
  CHECK(json_of(response)["error"] == why);
  CHECK(header_of(response, "Retry-After").empty());
  CHECK(!at.boundary_durable);
}

TEST_CASE("admin routes answer on loopback only, and no web page of another site") {
  Fixture at;
  for (const char* path : {"/v1/admin/checkpoint", "/v1/admin/consolidate"}) {
    Request request = Fixture::request("POST", path);
    request.from_loopback = false;
    CHECK(error_of(at.ask(request)) == Failure(403, "loopback_only"));
    request.from_loopback = true;
    request.headers["origin"] = "http://evil.example";
    CHECK(error_of(at.ask(request)) == Failure(403, "cross_origin"));
  }
  CHECK(!at.checkpoint_done);
  CHECK(!at.boundary_durable);
}

TEST_CASE(
    "whoever calls the server by a foreign name may not teach or operate it, and a page of that name not even read") {
  Fixture at;
  const std::string sample = R"({"features":[1,2],"label":1})";
  const auto asked = [&](const std::string& method, const std::string& path, const std::string& host, bool page) {
    Request request = Fixture::request(method, path, sample);
    request.headers["host"] = host;
    if (page) request.headers["origin"] = "http://" + host;
    const auto answer = at.start(request);
    return answer->has_value() ? (*answer)->status : 0;  // 0: still waiting
  };
  for (const bool page : {false, true})
    for (const char* path : {"/v1/ingest", "/v1/admin/checkpoint", "/v1/admin/consolidate"}) {
      CHECK(asked("POST", path, "evil.example:8080", page) == 403);
      for (const char* own : {"localhost:1", "127.0.0.1", "[::1]:8080"}) CHECK(asked("POST", path, own, page) != 403);
    }
  for (const char* path : {"/v1/model", "/metrics", "/", "/livez", "/v2"}) {
    CHECK(asked("GET", path, "evil.example", true) == 403);
    CHECK(asked("GET", path, "evil.example", false) == 200);
    CHECK(asked("GET", path, "localhost", true) == 200);
  }
  CHECK(asked("POST", "/v1/predict", "evil.example", true) == 403);
  Request old = Fixture::request("POST", "/v1/ingest", sample);
  old.headers.erase("host");  // as HTTP/1.0 may
  CHECK(at.ask(old).status == 200);
  CHECK(error_of(at.post("/v1/ingest", sample, {{"host", "evil.example"}})) == Failure(403, "foreign_host"));
}

TEST_CASE("the status page is one page that loads nothing from elsewhere") {
  Fixture at;
  const Response page = at.get("/");
  CHECK(page.content_type == "text/html; charset=utf-8");
  CHECK(page.body.starts_with("<!doctype html>"));
  CHECK(page.body.ends_with("</html>\n"));
  for (const char* outside : {"src=", "href=\"http", "url(", "@import", "innerHTML", "//cdn"})
    CHECK_MESSAGE(page.body.find(outside) == std::string::npos, std::string(outside));
  CHECK(header_of(page, "Content-Security-Policy").starts_with("default-src 'none'"));
}

TEST_CASE("an exception inside a route is a 500 answer") {
  Fixture at;
  Snapshot broken = *at.cell.load();
  Services services{at.cell, at.sink, at.ledger, at.probe, {}, {}, {}, {}, {}, {}, {}};
  services.status = []() -> std::function<std::string()> { throw std::runtime_error("no status"); };
  at.routes = std::make_unique<Routes>(RouteOptions{}, services);
  CHECK(error_of(at.get("/v1/model")) == Failure(500, "internal"));
}

namespace {

/// Checks that every reference of a document resolves.
void check_references(const json& at, const json& root) {
  if (at.is_object() && at.contains("$ref")) {
    const std::string target = at["$ref"];
    REQUIRE(target.starts_with("#"));
    CHECK_MESSAGE(root.contains(json::json_pointer(target.substr(1))), target);
  }
  if (at.is_structured())
    for (const json& child : at) check_references(child, root);
}

}  // namespace

TEST_CASE("openapi.json documents exactly the routes there are") {
  Fixture at;
  const Response response = at.get("/openapi.json");
  const json document = json_of(response);
  CHECK(document["openapi"] == "3.1.0");
  CHECK(document["info"]["version"].get<std::string>().find_first_not_of("0123456789.") == std::string::npos);
  std::set<std::pair<std::string, std::string>> documented;
  std::set<std::string> operations;
  for (const auto& [path, item] : document["paths"].items())
    for (const auto& [method, operation] : item.items()) {
      documented.emplace(method == "get" ? "GET" : method == "post" ? "POST" : method, path);
      CHECK_MESSAGE(operations.insert(operation["operationId"]).second, path);
      CHECK(operation["responses"].contains("200"));
      std::set<std::string> declared;
      for (const json& parameter : operation.value("parameters", json::array()))
        if (parameter["in"] == "path") declared.insert(parameter["name"]);
      for (const char* name : {"name", "version"})
        CHECK((path.find("{" + std::string(name) + "}") != std::string::npos) == (declared.count(name) == 1));
      CHECK((method == "post" && !path.starts_with("/v1/admin/")) == operation.contains("requestBody"));
    }
  const auto list = Routes::list();
  CHECK(documented == std::set<std::pair<std::string, std::string>>(list.begin(), list.end()));
  check_references(document, document);
}

TEST_CASE("every documented path is routed") {
  Fixture at;
  for (const auto& [method, pattern] : Routes::list()) {
    std::string path = pattern;
    for (const auto& [brace, value] : {std::pair<std::string, std::string>{"{name}", "mo del"}, {"{version}", "1"}})
      if (const auto found = path.find(brace); found != std::string::npos) path.replace(found, brace.size(), value);
    const auto answer = at.start(Fixture::request(method, path, "{}"));
    if (path == "/v1/admin/checkpoint") at.checkpoint_done({true, 1, "f", ""});
    if (path == "/v1/admin/consolidate") at.boundary_durable({true, 1});
    REQUIRE(answer->has_value());
    CHECK_MESSAGE((*answer)->status != 404, path);
    CHECK_MESSAGE((*answer)->status != 405, path);
    CHECK((*answer)->route == pattern);
  }
}
