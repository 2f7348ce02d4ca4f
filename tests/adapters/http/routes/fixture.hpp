#pragma once
// Routes with fakes for everything around them except the model.

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/http/error.hpp"
#include "adapters/http/routes/assets.hpp"
#include "adapters/http/routes/routes.hpp"
#include "core/samples/sample_sink.hpp"
#include "core/serve/publish.hpp"
#include "core/step/learner.hpp"
#include "tests/support/recording_probe.hpp"

namespace altmind::test {

/// Takes groups and makes them durable when told to. Names beyond `room_for_names` are refused.
class FakeSink final : public SampleSink {
 public:
  Offered offer(Group& group, OnDurable on_durable) override {
    if (admission != Admission::accepted) return {admission, {}};
    Offered offered{Admission::accepted, {}};
    Samples kept;
    for (std::size_t i = 0; i < group.samples.count; ++i) {
      if (i < group.samples.name.size() && refuse_name == group.samples.name[i]) {
        offered.rejected.push_back(i);
        continue;
      }
      if (i < group.samples.name.size()) kept.name.push_back(group.samples.name[i]);
      ++kept.count;
    }
    learned += kept.count;
    groups.push_back(std::move(group));
    if (at_once) {  // like a fast writer thread, before offer has returned
      on_durable(receipt());
    } else {
      waiting.push_back(std::move(on_durable));
    }
    return offered;
  }
  void when_room(std::size_t, std::function<void()> ready) override { ready(); }

  Receipt receipt() const { return {durable, durable ? learned : 0}; }
  void make_durable() {
    for (const OnDurable& tell : std::exchange(waiting, {})) tell(receipt());
  }

  Admission admission = Admission::accepted;
  bool at_once = true;
  bool durable = true;
  std::string refuse_name = "\x01";
  std::uint64_t learned = 0;
  std::vector<Group> groups;
  std::vector<OnDurable> waiting;
};

inline LearnerOptions model_options(SampleSpec spec) {
  LearnerOptions options;
  options.model.name = "mo del";
  options.model.spec = spec;
  options.model.hidden = {5};
  return options;
}

struct Fixture {
  explicit Fixture(SampleSpec spec = {Task::classification, LabelKind::index, 2, 3}, std::size_t max_samples = 50,
                   const std::string& boundary_refusal = "", http::AnswerLimits answers = {})
      : learner(model_options(spec)), cell(snapshot_of(learner)), options{max_samples, std::move(answers)} {
    services.boundary_refusal = boundary_refusal;
    services.status = [] { return [] { return std::string("{\"step\":7}"); }; };
    services.metrics = [] { return std::string("# TYPE x gauge\nx 1\n"); };
    services.health = [this] { return health; };
    services.checkpoint = [this](std::function<void(http::CheckpointOutcome)> done) {
      checkpoint_done = std::move(done);
    };
    services.announce = [this](OnDurable on_durable) {
      if (sink.admission == Admission::closed) return false;
      boundary_durable = std::move(on_durable);
      return true;
    };
    services.prediction_id = [this] { return "fresh-" + std::to_string(++ids); };
    make_routes();
    health.ready = true;
  }

  /// Recreates the routes after a change to options or services.
  void make_routes() { routes = std::make_unique<http::Routes>(options, services); }

  static http::Request request(const std::string& method, const std::string& path, std::string body = "",
                               std::map<std::string, std::string> headers = {}) {
    http::Request out;
    out.method = method;
    out.path = path.substr(0, path.find('?'));
    if (path.find('?') != std::string::npos) out.query = path.substr(path.find('?') + 1);
    out.headers = std::move(headers);
    out.headers.emplace("host", "localhost:8080");
    out.body = std::move(body);
    out.from_loopback = true;
    return out;
  }

  /// Checks that openapi.json documents this response for this method.
  static void check_documented(const std::string& method, const http::Response& response) {
    static const nlohmann::json paths = nlohmann::json::parse(http::assets::openapi).at("paths");
    if (response.route == http::unmatched_route) return;
    const nlohmann::json& operation = paths.at(response.route).at(method == "POST" ? "post" : "get");
    CHECK_MESSAGE(operation.at("responses").contains(std::to_string(response.status)),
                  method << ' ' << response.route << ' ' << response.status);
  }

  /// Handles a request; the returned slot is filled now or later.
  std::shared_ptr<std::optional<http::Response>> start(const http::Request& what) {
    auto answer = std::make_shared<std::optional<http::Response>>();
    routes->handle(what, [answer, method = what.method](http::Response response) {
      CHECK_MESSAGE(!answer->has_value(), "answered twice");
      check_documented(method, response);
      *answer = std::move(response);
    });
    return answer;
  }
  http::Response ask(const http::Request& what) {
    const auto answer = start(what);
    REQUIRE(answer->has_value());
    return **answer;
  }
  http::Response get(const std::string& path) { return ask(request("GET", path)); }
  http::Response post(const std::string& path, std::string body, std::map<std::string, std::string> headers = {}) {
    return ask(request("POST", path, std::move(body), std::move(headers)));
  }

  Learner learner;
  SnapshotCell cell;
  FakeSink sink;
  ingest::Ledger ledger;
  RecordingProbe probe;
  http::Health health;
  std::function<void(http::CheckpointOutcome)> checkpoint_done;
  OnDurable boundary_durable;
  int ids = 0;
  http::RouteOptions options;
  http::Services services{cell, sink, ledger, probe, {}, {}, {}, {}, {}, {}, {}, {}};
  std::unique_ptr<http::Routes> routes;
};

inline nlohmann::json json_of(const http::Response& response) {
  CHECK(response.content_type == "application/json");
  return nlohmann::json::parse(response.body);
}

inline std::string header_of(const http::Response& response, const std::string& name) {
  for (const auto& [key, value] : response.headers)
    if (key == name) return value;
  return "";
}

/// Status and reason of an error response.
using Failure = std::pair<int, std::string>;

inline Failure error_of(const http::Response& response) {
  const nlohmann::json body = json_of(response);
  CHECK(body["error"].get<std::string>().size() > 5);
  return {response.status, body["reason"].get<std::string>()};
}

}  // namespace altmind::test
