#include "adapters/http/routes.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

#include "adapters/http/assets.hpp"
#include "adapters/http/error.hpp"
#include "adapters/http/inference_protocol.hpp"
#include "adapters/http/ingest_route.hpp"
#include "adapters/http/json_text.hpp"
#include "adapters/http/predict_route.hpp"
#include "adapters/http/text.hpp"
#include "adapters/json/sample_parser.hpp"
#include "adapters/memory_error.hpp"

namespace altmind::http {
namespace {

/// What stands for `{name}` and `{version}` in the path.
struct Captured {
  std::string_view name;
  std::string_view version;
};

/// The parts of `path` under the braces of `pattern`, if it matches.
std::optional<Captured> match(std::string_view pattern, std::string_view path) {
  Captured captured;
  while (true) {
    const std::size_t pattern_end = std::min(pattern.find('/', 1), pattern.size());
    const std::size_t path_end = std::min(path.find('/', 1), path.size());
    const std::string_view expected = pattern.substr(0, pattern_end);
    const std::string_view part = path.substr(0, path_end);
    if (expected == "/{name}" && part.size() > 1) {
      captured.name = part.substr(1);
    } else if (expected == "/{version}" && part.size() > 1) {
      captured.version = part.substr(1);
    } else if (expected != part) {
      return std::nullopt;
    }
    pattern.remove_prefix(pattern_end);
    path.remove_prefix(path_end);
    if (pattern.empty() || path.empty()) break;
  }
  return pattern.empty() && path.empty() ? std::optional(captured) : std::nullopt;
}

/// True when a page of another site sent the request: a browser then says so in Origin. Such a page could
/// otherwise teach a model on this machine, or make it write.
bool from_other_site(const Request& request) {
  const auto origin = request.headers.find("origin");
  if (origin == request.headers.end()) return false;
  const std::size_t scheme = origin->second.find("://");
  const auto host = request.headers.find("host");
  return scheme == std::string::npos || host == request.headers.end() ||
         lower_case(std::string_view(origin->second).substr(scheme + 3)) != lower_case(host->second);
}

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

/// One rendering for all who asked before it began: what many ask for at once is made once, and nobody is told what
/// was before his question. Thread-safe.
class SharedAnswer {
 public:
  using Make = std::function<Response()>;
  struct Round {
    std::vector<Respond> askers;
    Make make;
  };

  /// make: takes the place of that of an earlier asker. True: a rendering is to be started.
  bool ask(Respond respond, Make make) {
    const std::lock_guard lock(mutex_);
    round_.askers.push_back(std::move(respond));
    round_.make = std::move(make);
    return round_.askers.size() == 1;
  }

  /// Who is to be answered by the rendering that begins now.
  Round begin() {
    const std::lock_guard lock(mutex_);
    return std::exchange(round_, {});
  }

 private:
  std::mutex mutex_;
  Round round_;
};

void answer_all(const SharedAnswer::Round& round, const Response& response) {
  for (const Respond& respond : round.askers) respond(response);
}

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
    Run run;
  };
  static const std::vector<Route>& table();

  void dispatch(const SharedRequest& request, const Respond& respond);
  void ingest_samples(const SharedRequest& request, const Respond& respond);
  void show_model(Respond respond);
  void show_metrics(Respond respond);
  void predict_samples(const SharedRequest& request, const Respond& respond);
  void infer_rows(const SharedRequest& request, const Captured& captured, const Respond& respond);
  /// Answers with what `make` makes on a thread of the lane; `full` where that has no room, or the daemon stops first.
  template <class Make>
  void answer_on(Lane lane, Respond respond, Response full, Make make);
  /// Answers with what `make` makes on a thread of the lane, together with all who ask for the same meanwhile.
  void answer_together(SharedAnswer& shared, Lane lane, Respond respond, SharedAnswer::Make make);
  std::optional<Response> foreign_host(const Request& request) const;
  std::optional<Response> foreign_page(const Request& request) const;
  std::optional<Response> not_an_operator(const Request& request) const;
  Response ready(const Request& request) const;
  void checkpoint(const Request& request, const Respond& respond);
  void consolidate(const Request& request, const Respond& respond);
  /// The answer that `make` gives of the named model, or 404.
  template <class Make>
  Response of_model(const Captured& captured, Make make) const;

  RouteOptions options;
  Services services;
  IngestRoute ingest;
  formats::SampleParser parser;  ///< of quick predictions
  SharedAnswer model;
  SharedAnswer metrics;
};

template <class Make>
void Routes::Impl::answer_on(Lane lane, Respond respond, Response full, Make make) {
  auto job = [this, lane, respond, full, make = std::move(make)] {
    // A stop waits for what is being answered, not for all the long work that has not begun.
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

/// The answer to whoever calls this server by a name that is not its own. Programs may leave Host out, in HTTP/1.0.
std::optional<Response> Routes::Impl::foreign_host(const Request& request) const {
  const auto host = request.headers.find("host");
  if (host == request.headers.end() || options.hosts.allows(host->second)) return std::nullopt;
  return error_response(403, "foreign_host",
                        with_value("Host: not a name of this server; http.hosts may allow it: ", host->second));
}

/// The answer to a web page that may not do what pages of this server may.
std::optional<Response> Routes::Impl::foreign_page(const Request& request) const {
  if (auto refusal = foreign_host(request)) return refusal;
  if (from_other_site(request)) return error_response(403, "cross_origin", "a page of another site must not do this");
  return std::nullopt;
}

/// The answer to whoever may not use an admin route.
std::optional<Response> Routes::Impl::not_an_operator(const Request& request) const {
  if (!request.from_loopback) return error_response(403, "loopback_only", "admin routes answer on loopback only");
  return foreign_page(request);
}

void Routes::Impl::ingest_samples(const SharedRequest& request, const Respond& respond) {
  if (auto refusal = foreign_page(*request)) return respond(std::move(*refusal));
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
  constexpr std::size_t few_classes = 1000;  // each has its numbers in the answer
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
      formats::SampleParser own(services.snapshots.load()->spec);  // several threads may be here
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
  static const std::vector<Route> routes = [] {
    std::vector<Route> all = {
        {"POST", "/v1/ingest",
         [](Impl& self, const SharedRequest& request, const Captured&, Respond respond) {
           self.ingest_samples(request, respond);
         }},
        {"POST", "/v1/predict",
         [](Impl& self, const SharedRequest& request, const Captured&, Respond respond) {
           self.predict_samples(request, respond);
         }},
        {"GET", "/v1/model",
         [](Impl& self, const SharedRequest&, const Captured&, Respond respond) {
           self.show_model(std::move(respond));
         }},
        {"POST", "/v1/admin/checkpoint",
         [](Impl& self, const SharedRequest& request, const Captured&, Respond respond) {
           self.checkpoint(*request, respond);
         }},
        {"POST", "/v1/admin/consolidate",
         [](Impl& self, const SharedRequest& request, const Captured&, Respond respond) {
           self.consolidate(*request, respond);
         }},
        {"GET", "/metrics",
         [](Impl& self, const SharedRequest&, const Captured&, Respond respond) {
           self.show_metrics(std::move(respond));
         }},
        {"GET", "/livez",
         [](Impl&, const SharedRequest&, const Captured&, Respond respond) { respond(text_response(200, "ok\n")); }},
        {"GET", "/readyz",
         [](Impl& self, const SharedRequest& request, const Captured&, Respond respond) {
           respond(self.ready(*request));
         }},
        {"GET", "/openapi.json",
         [](Impl&, const SharedRequest&, const Captured&, Respond respond) { respond(openapi_response()); }},
        {"GET", "/", [](Impl&, const SharedRequest&, const Captured&, Respond respond) { respond(page_response()); }},
        {"GET", "/v2",
         [](Impl&, const SharedRequest&, const Captured&, Respond respond) { respond(server_metadata()); }},
        {"GET", "/v2/health/live",
         [](Impl&, const SharedRequest&, const Captured&, Respond respond) { respond(server_live()); }},
        {"GET", "/v2/health/ready",
         [](Impl& self, const SharedRequest&, const Captured&, Respond respond) {
           respond(server_ready(self.services.health().ready));
         }},
    };
    const Run metadata = [](Impl& self, const SharedRequest&, const Captured& captured, Respond respond) {
      respond(self.of_model(captured, [](const Snapshot& snapshot) { return model_metadata(snapshot); }));
    };
    const Run model_is_ready = [](Impl& self, const SharedRequest&, const Captured& captured, Respond respond) {
      const bool ready = self.services.health().ready;
      respond(self.of_model(captured, [ready](const Snapshot& snapshot) { return model_ready(snapshot, ready); }));
    };
    const Run run_infer = [](Impl& self, const SharedRequest& request, const Captured& captured, Respond respond) {
      self.infer_rows(request, captured, respond);
    };
    all.push_back({"GET", "/v2/models/{name}", metadata});
    all.push_back({"GET", "/v2/models/{name}/versions/{version}", metadata});
    all.push_back({"GET", "/v2/models/{name}/ready", model_is_ready});
    all.push_back({"GET", "/v2/models/{name}/versions/{version}/ready", model_is_ready});
    all.push_back({"POST", "/v2/models/{name}/infer", run_infer});
    all.push_back({"POST", "/v2/models/{name}/versions/{version}/infer", run_infer});
    return all;
  }();
  return routes;
}

void Routes::Impl::dispatch(const SharedRequest& request, const Respond& respond) {
  const std::string_view method = request->method == "HEAD" ? "GET" : std::string_view(request->method);
  const std::string_view path = request->path == "/v2/" ? std::string_view("/v2") : std::string_view(request->path);
  // A page of a foreign name does not even read.
  if (request->headers.count("origin") > 0)
    if (auto refusal = foreign_host(*request)) return respond(std::move(*refusal));
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
  const auto word = [](bool value) { return value ? "true" : "false"; };
  std::string body = "{\"ready\":";
  body.append(word(health.ready)).append(",\"draining\":").append(word(health.draining));
  body.append(",\"journal_failed\":").append(word(health.journal_failed)).append(",\"detail\":");
  append_json_string(body, health.detail);
  return json_response(body + "}\n", status);
}

void Routes::Impl::checkpoint(const Request& request, const Respond& respond) {
  if (const auto refusal = not_an_operator(request)) return respond(*refusal);
  services.checkpoint([respond](const CheckpointOutcome& outcome) {
    if (!outcome.saved)
      return respond(error_response(500, "checkpoint_failed", with_value("no checkpoint was saved: ", outcome.error)));
    std::string body = "{\"step\":";
    append_json_number(body, outcome.step);
    body += ",\"file\":";
    append_json_string(body, outcome.file);
    respond(json_response(body + "}\n"));
  });
}

void Routes::Impl::consolidate(const Request& request, const Respond& respond) {
  if (const auto refusal = not_an_operator(request)) return respond(*refusal);
  if (!services.boundary_refusal.empty())
    return respond(error_response(409, "no_consolidated_memory", services.boundary_refusal));
  const Health health = services.health();
  if (health.journal_failed)
    return respond(error_response(503, "journal_failed", "the journal cannot be written; no boundary is announced"));
  const bool taken = services.announce([respond](const Receipt& receipt) {
    if (!receipt.durable)
      return respond(error_response(503, "journal_failed", "the boundary could not be made durable and has no effect"));
    std::string body = "{\"announced\":true,\"after_sample\":";
    append_json_number(body, receipt.last_sequence);
    respond(json_response(body + "}\n"));
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
