#include "adapters/http/routes/routes.hpp"

#include <exception>
#include <optional>
#include <utility>

#include "adapters/formats/json/sample_parser.hpp"
#include "adapters/http/error.hpp"
#include "adapters/http/routes/access.hpp"
#include "adapters/http/routes/assets.hpp"
#include "adapters/http/routes/inference_protocol.hpp"
#include "adapters/http/routes/ingest_route.hpp"
#include "adapters/http/routes/predict_route.hpp"
#include "adapters/http/routes/route_pattern.hpp"
#include "adapters/http/routes/shared_answer.hpp"
#include "adapters/http/text.hpp"
#include "adapters/memory_error.hpp"

namespace altmind::http {
namespace {

Response text_response(int status, std::string body) {
  Response response = json_response(std::move(body), status);
  response.content_type = "text/plain; charset=utf-8";
  return response;
}

Response too_busy() {
  return error_response(503, "overloaded", "too many requests wait to be answered");
}

Response page_response() {
  Response response;
  response.content_type = "text/html; charset=utf-8";
  response.body = assets::status_page;
  response.headers = {{"Cache-Control", "no-cache"},
                      {"Content-Security-Policy",
                       "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "
                       "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
                      {"Referrer-Policy", "no-referrer"}};
  return response;
}

Response openapi_response() {
  Response response;
  response.body = assets::openapi;
  response.headers.emplace_back("Cache-Control", "no-cache");
  return response;
}

}  // namespace

using SharedRequest = std::shared_ptr<const Request>;

struct Routes::Impl {
  Impl(RouteOptions given, Services all)
      : options(std::move(given)),
        services(std::move(all)),
        ingest(options.max_samples, services),
        parser(services.snapshots.load()->spec) {}

  using Run = void (*)(Impl&, const SharedRequest&, const Captured&, Respond);
  struct Route {
    std::string_view method;
    std::string_view pattern;
    Access access;
    Run run;
  };
  static const std::vector<Route>& table();

  void dispatch(const SharedRequest& request, const Respond& respond);
  void ingest_samples(const SharedRequest& request, const Respond& respond);
  void show_model(Respond respond);
  void show_metrics(Respond respond);
  void predict_samples(const SharedRequest& request, const Respond& respond);
  void infer_rows(const SharedRequest& request, const Captured& captured, const Respond& respond);
  /// Runs `make`, which answers, on a thread of the lane; answers `full` if the lane has no room or the daemon stops
  /// first.
  template <class Make>
  void answer_on(Lane lane, Respond respond, Response full, Make make);
  /// Answers with the result of `make`, run on a thread of the lane. Coalesces concurrent requests for the same answer.
  void answer_together(SharedAnswer& shared, Lane lane, Respond respond, SharedAnswer::Make make);
  Response ready(const Request& request) const;
  void checkpoint(const Respond& respond);
  void consolidate(const Respond& respond);
  /// Returns the response of `make` for the named model, or 404.
  template <class Make>
  Response of_model(const Captured& captured, Make make) const;

  RouteOptions options;
  Services services;
  IngestRoute ingest;
  formats::SampleParser parser;  ///< for quick predictions
  SharedAnswer model;
  SharedAnswer metrics;
};

template <class Make>
void Routes::Impl::answer_on(Lane lane, Respond respond, Response full, Make make) {
  auto job = [this, lane, respond, full, make = std::move(make)] {
    // A stop waits for requests in progress, not for long ones that have not begun.
    if (lane == Lane::predictions && services.health().draining) return respond(full);
    try {
      make(respond);
    } catch (const std::exception& error) {
      respond(error_response(500, "internal", with_value("the request failed: ", adapters::words_of(error))));
    }
  };
  if (!services.run) return job();
  if (!services.run(lane, std::move(job))) respond(std::move(full));
}

void Routes::Impl::ingest_samples(const SharedRequest& request, const Respond& respond) {
  answer_on(Lane::ingest, respond, too_busy(),
            [this, request](const Respond& answer) { ingest.handle(*request, answer); });
}

void Routes::Impl::answer_together(SharedAnswer& shared, Lane lane, Respond respond, SharedAnswer::Make make) {
  if (!shared.ask(std::move(respond), std::move(make))) return;
  const Respond all = [&shared](const Response& response) { answer_all(shared.begin(), response); };
  answer_on(lane, all, too_busy(), [&shared](const Respond&) {
    const SharedAnswer::Round round = shared.begin();
    try {
      answer_all(round, round.make());
    } catch (const std::exception& error) {
      answer_all(round, error_response(500, "internal", with_value("the request failed: ", error.what())));
    }
  });
}

void Routes::Impl::show_model(Respond respond) {
  constexpr std::size_t few_classes = 1000;  // each adds numbers to the answer
  const bool quickly = services.snapshots.load()->spec.outputs <= few_classes;
  answer_together(model, quickly ? Lane::status : Lane::predictions, std::move(respond),
                  [write = services.status()] { return json_response(write()); });
}

void Routes::Impl::show_metrics(Respond respond) {
  answer_together(metrics, Lane::status, std::move(respond), [this] {
    Response response = text_response(200, services.metrics());
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    return response;
  });
}

void Routes::Impl::predict_samples(const SharedRequest& request, const Respond& respond) {
  if (!predicts_quickly(*request, options.max_samples, *services.snapshots.load()))
    return answer_on(Lane::predictions, respond, too_busy(), [this, request](const Respond& answer) {
      formats::SampleParser own(services.snapshots.load()->spec);  // its own, as several threads may be here
      answer(predict(*request, options.max_samples, options.answers, services, own));
    });
  answer_on(Lane::quick, respond, too_busy(), [this, request](const Respond& answer) {
    answer(predict(*request, options.max_samples, options.answers, services, parser));
  });
}

void Routes::Impl::infer_rows(const SharedRequest& request, const Captured& captured, const Respond& respond) {
  const bool quickly = infers_quickly(*request, *services.snapshots.load());
  answer_on(quickly ? Lane::quick : Lane::predictions, respond, overloaded(),
            [this, request, captured](const Respond& answer) {
              answer(of_model(captured, [&](const Snapshot& snapshot) {
                return infer(*request, options.max_samples, options.answers, snapshot);
              }));
            });
}

template <class Make>
Response Routes::Impl::of_model(const Captured& captured, Make make) const {
  const auto snapshot = services.snapshots.load();
  if (captured.name != snapshot->name)
    return protocol_error(404, with_value("there is no model named ", captured.name));
  if (!captured.version.empty() && captured.version != model_version)
    return protocol_error(404, with_value("the model has no version ", captured.version));
  return make(*snapshot);
}

const std::vector<Routes::Impl::Route>& Routes::Impl::table() {
  static constexpr Run run_ingest = [](Impl& self, const SharedRequest& request, const Captured&, Respond respond) {
    self.ingest_samples(request, respond);
  };
  static constexpr Run run_predict = [](Impl& self, const SharedRequest& request, const Captured&, Respond respond) {
    self.predict_samples(request, respond);
  };
  static constexpr Run run_model = [](Impl& self, const SharedRequest&, const Captured&, Respond respond) {
    self.show_model(std::move(respond));
  };
  static constexpr Run run_checkpoint = [](Impl& self, const SharedRequest&, const Captured&, Respond respond) {
    self.checkpoint(respond);
  };
  static constexpr Run run_consolidate = [](Impl& self, const SharedRequest&, const Captured&, Respond respond) {
    self.consolidate(respond);
  };
  static constexpr Run run_metrics = [](Impl& self, const SharedRequest&, const Captured&, Respond respond) {
    self.show_metrics(std::move(respond));
  };
  static constexpr Run run_live = [](Impl&, const SharedRequest&, const Captured&, Respond respond) {
    respond(text_response(200, "ok\n"));
  };
  static constexpr Run run_ready = [](Impl& self, const SharedRequest& request, const Captured&, Respond respond) {
    respond(self.ready(*request));
  };
  static constexpr Run run_openapi = [](Impl&, const SharedRequest&, const Captured&, Respond respond) {
    respond(openapi_response());
  };
  static constexpr Run run_page = [](Impl&, const SharedRequest&, const Captured&, Respond respond) {
    respond(page_response());
  };
  static constexpr Run run_server = [](Impl&, const SharedRequest&, const Captured&, Respond respond) {
    respond(server_metadata());
  };
  static constexpr Run run_server_live = [](Impl&, const SharedRequest&, const Captured&, Respond respond) {
    respond(server_live());
  };
  static constexpr Run run_server_ready = [](Impl& self, const SharedRequest&, const Captured&, Respond respond) {
    respond(server_ready(self.services.health().ready));
  };
  static constexpr Run run_metadata = [](Impl& self, const SharedRequest&, const Captured& captured, Respond respond) {
    respond(self.of_model(captured, [](const Snapshot& snapshot) { return model_metadata(snapshot); }));
  };
  static constexpr Run run_model_ready = [](Impl& self, const SharedRequest&, const Captured& captured,
                                            Respond respond) {
    const bool ready = self.services.health().ready;
    respond(self.of_model(captured, [ready](const Snapshot& snapshot) { return model_ready(snapshot, ready); }));
  };
  static constexpr Run run_infer = [](Impl& self, const SharedRequest& request, const Captured& captured,
                                      Respond respond) { self.infer_rows(request, captured, respond); };
  static const std::vector<Route> routes = {
      {"POST", "/v1/ingest", Access::own_pages, run_ingest},
      {"POST", "/v1/predict", Access::anyone, run_predict},
      {"GET", "/v1/model", Access::anyone, run_model},
      {"POST", "/v1/admin/checkpoint", Access::operators, run_checkpoint},
      {"POST", "/v1/admin/consolidate", Access::operators, run_consolidate},
      {"GET", "/metrics", Access::anyone, run_metrics},
      {"GET", "/livez", Access::anyone, run_live},
      {"GET", "/readyz", Access::anyone, run_ready},
      {"GET", "/openapi.json", Access::anyone, run_openapi},
      {"GET", "/", Access::anyone, run_page},
      {"GET", "/v2", Access::anyone, run_server},
      {"GET", "/v2/health/live", Access::anyone, run_server_live},
      {"GET", "/v2/health/ready", Access::anyone, run_server_ready},
      {"GET", "/v2/models/{name}", Access::anyone, run_metadata},
      {"GET", "/v2/models/{name}/versions/{version}", Access::anyone, run_metadata},
      {"GET", "/v2/models/{name}/ready", Access::anyone, run_model_ready},
      {"GET", "/v2/models/{name}/versions/{version}/ready", Access::anyone, run_model_ready},
      {"POST", "/v2/models/{name}/infer", Access::anyone, run_infer},
      {"POST", "/v2/models/{name}/versions/{version}/infer", Access::anyone, run_infer},
  };
  return routes;
}

void Routes::Impl::dispatch(const SharedRequest& request, const Respond& respond) {
  const std::string_view method = request->method == "HEAD" ? "GET" : std::string_view(request->method);
  const std::string_view path = request->path == "/v2/" ? std::string_view("/v2") : std::string_view(request->path);
  // A page with a foreign host name must not even learn which paths exist.
  if (auto rejection = rejection_of(Access::anyone, options.hosts, *request)) return respond(std::move(*rejection));
  std::string allowed;
  for (const Route& route : table()) {
    const std::optional<Captured> captured = match(route.pattern, path);
    if (!captured) continue;
    if (route.method != method) {
      allowed.append(allowed.empty() ? "" : ", ").append(route.method == "GET" ? "GET, HEAD" : route.method);
      continue;
    }
    Respond routed = [respond, pattern = route.pattern](Response response) {
      response.route = pattern;
      respond(std::move(response));
    };
    if (auto rejection = rejection_of(route.access, options.hosts, *request)) return routed(std::move(*rejection));
    return route.run(*this, request, *captured, std::move(routed));
  }
  if (allowed.empty())
    return respond(error_response(404, "not_found", with_value("there is nothing at ", request->path)));
  Response response = error_response(405, "method_not_allowed", with_value("this path takes ", allowed));
  response.headers.emplace_back("Allow", allowed);
  respond(std::move(response));
}

Response Routes::Impl::ready(const Request& request) const {
  const Health health = services.health();
  const int status = health.ready ? 200 : 503;
  if (request.query != "verbose" && !request.query.starts_with("verbose=") && !request.query.starts_with("verbose&")) {
    std::string line = health.ready ? "ready" : "not ready";
    if (!health.ready && !health.detail.empty()) line += ": " + health.detail;
    return text_response(status, line + "\n");
  }
  return object_response(
      [&](JsonWriter& json) {
        json.key("ready").boolean(health.ready).key("draining").boolean(health.draining);
        json.key("journal_failed").boolean(health.journal_failed).key("detail").string(health.detail);
      },
      status);
}

void Routes::Impl::checkpoint(const Respond& respond) {
  services.checkpoint([respond](const CheckpointOutcome& outcome) {
    if (!outcome.saved)
      return respond(error_response(500, "checkpoint_failed", with_value("no checkpoint was saved: ", outcome.error)));
    respond(object_response(
        [&](JsonWriter& json) { json.key("step").number(outcome.step).key("file").string(outcome.file); }));
  });
}

void Routes::Impl::consolidate(const Respond& respond) {
  if (!services.boundary_refusal.empty())
    return respond(error_response(409, "no_consolidated_memory", services.boundary_refusal));
  const Health health = services.health();
  if (health.journal_failed)
    return respond(error_response(503, "journal_failed", "the journal cannot be written; no boundary is announced"));
  const bool taken = services.announce([respond](const Receipt& receipt) {
    if (!receipt.durable)
      return respond(error_response(503, "journal_failed", "the boundary could not be made durable and has no effect"));
    respond(object_response([&](JsonWriter& json) {
      json.key("announced").boolean(true).key("after_sample").number(receipt.last_sequence);
    }));
  });
  if (!taken) respond(error_response(503, "draining", "the daemon is stopping; no boundary is announced"));
}

Routes::Routes(RouteOptions options, Services services)
    : impl_(std::make_shared<Impl>(std::move(options), std::move(services))) {}
Routes::~Routes() = default;

void Routes::handle(Request request, Respond respond) {
  try {
    impl_->dispatch(std::make_shared<const Request>(std::move(request)), respond);
  } catch (const std::exception& error) {
    respond(error_response(500, "internal", with_value("the request failed: ", adapters::words_of(error))));
  }
}

std::vector<std::pair<std::string, std::string>> Routes::list() {
  std::vector<std::pair<std::string, std::string>> all;
  for (const Impl::Route& route : Impl::table()) all.emplace_back(route.method, route.pattern);
  return all;
}

}  // namespace altmind::http
