// Exercises all inputs and outputs of one daemon at once, for the sanitizers, ThreadSanitizer above all.

#include <doctest/doctest.h>

#include <csignal>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/support/daemon.hpp"
#include "tests/e2e/support/line_client.hpp"
#include "tests/e2e/support/samples.hpp"
#include "tests/e2e/support/socket.hpp"
#include "tests/support/scratch_directory.hpp"

namespace altmind::e2e {

namespace {

using nlohmann::json;

constexpr std::uint64_t of_each = 1000;  ///< samples of HTTP, TCP, file and generator

/// Clients on threads of their own; failures are reported after they have ended.
class Clients {
 public:
  void add(const std::string& name, std::function<bool()> run) {
    results_.push_back(std::make_unique<Result>(Result{name}));
    Result& result = *results_.back();
    threads_.emplace_back([&result, run = std::move(run)] {
      try {
        result.good = run();
      } catch (const std::exception& error) {
        result.problem = error.what();
      }
    });
  }
  void join() {
    for (std::thread& thread : threads_) thread.join();
    for (const auto& result : results_) CHECK_MESSAGE(result->good, result->name, ": ", result->problem);
  }

 private:
  struct Result {
    std::string name;
    std::string problem = {};
    bool good = false;
  };
  std::vector<std::unique_ptr<Result>> results_;
  std::vector<std::thread> threads_;
};

bool ingest(HttpClient client) {
  for (std::uint64_t at = 0; at < of_each; at += 25) {
    const std::map<std::string, std::string> fields = {{"Content-Type", "application/x-ndjson"},
                                                       {"Idempotency-Key", "key-" + std::to_string(at)}};
    const std::string body = sample_lines(at, at + 25, 0, inputs);
    for (int again = 0; again < 2; ++again) {
      const auto reply = client.post("/v1/ingest", body, fields);
      if (!reply || reply->status != 200 || reply->json().at("accepted") != 25) return false;
    }
  }
  return true;
}

bool stream(std::uint16_t port) {
  LineClient client(port);
  if (client.open("a-stream") != std::optional<std::uint64_t>(1)) return false;
  for (std::uint64_t at = 0; at < of_each; at += 50) {
    if (!client.send(sample_lines(at, at + 50, 1, inputs)) || !client.wait_through(at + 50)) return false;
  }
  return true;
}

bool refused_lines(std::uint16_t port) {
  LineClient client(port);
  for (int i = 0; i < 100; ++i) {
    if (!client.send("{\"features\":[1,2],\"label\":1}\nnot json\n{\"features\":[1e999],\"label\":0}\n")) return false;
    for (int line = 0; line < 3; ++line) {
      if (!client.reply()) return false;
    }
  }
  return true;
}

bool predict(HttpClient client) {
  for (std::uint64_t i = 0; i < 100; ++i) {
    const auto reply = client.post("/v1/predict", "{\"features\":" + feature_list(i, 0, inputs) + "}");
    if (!reply || reply->status != 200 || reply->json().at("predictions").size() != 1) return false;
  }
  return true;
}

bool look(HttpClient client) {
  for (int i = 0; i < 20; ++i) {
    for (const char* path : {"/", "/metrics", "/v1/model", "/readyz?verbose", "/v2/models/altmind", "/livez"}) {
      const auto reply = client.get(path);
      if (!reply || reply->status != 200) return false;
    }
  }
  return true;
}

/// Sends malformed HTTP; true if each gets a response.
bool unsound(std::uint16_t port) {
  for (int i = 0; i < 10; ++i) {
    for (const char* bytes :
         {"GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\nHost: a\n\n", "\x16\x03\x01\x02\x01\x01\x02\n",
          "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"}) {
      Socket socket(port);
      if (!socket.send(bytes) || !socket.read_until(" ")) return false;
    }
  }
  return true;
}

bool operate(Daemon& daemon) {
  HttpClient client = daemon.http();
  for (int i = 0; i < 5; ++i) {
    daemon.process().signal(SIGHUP);
    for (const char* path : {"/v1/admin/checkpoint", "/v1/admin/consolidate"}) {
      const auto reply = client.post(path, "");
      if (!reply || reply->status != 200) return false;
    }
  }
  return true;
}

}  // namespace

TEST_CASE("a daemon with all its rooms at work learns everything once and stops with 0") {
  const ScratchDirectory scratch;
  const std::string followed = scratch.write("followed.ndjson", "");
  Setup setup;
  setup.directory = scratch / "data";
  setup.store = "checkpoint_batches = 20";
  setup.learning = "batch_size = 50\nmax_batch_age = \"50ms\"\nthreads = 3";
  setup.sources = tcp_source + "[[source]]\ntype = \"file\"\npath = \"" + followed +
                  "\"\nfollow = true\n[[source]]\ntype = \"generator\"\nstream = \"hyperplane\"\nlimit = " +
                  std::to_string(of_each) + "\n";
  Daemon daemon(scratch.write("altmind.toml", setup.toml()));
  const std::uint16_t http = daemon.http_port();
  const std::uint16_t tcp = daemon.tcp_port();

  Clients clients;
  clients.add("ingest", [&] { return ingest(HttpClient(http)); });
  clients.add("stream", [&] { return stream(tcp); });
  clients.add("refused lines", [&] { return refused_lines(tcp); });
  clients.add("predict", [&] { return predict(HttpClient(http)); });
  clients.add("look", [&] { return look(HttpClient(http)); });
  clients.add("unsound HTTP", [&] { return unsound(http); });
  clients.add("operate", [&] { return operate(daemon); });
  clients.add("writer of the followed file", [&] {
    for (std::uint64_t at = 0; at < of_each; at += 20) {
      scratch.append("followed.ndjson", sample_lines(at, at + 20, 2, inputs));
    }
    return true;
  });
  clients.join();

  daemon.wait_for_model([](const json& model) { return model.at("samples") == 4 * of_each; });
  CHECK(daemon.stop() == exited(0));
  const json replayed = replay(setup.directory);
  CHECK(replayed.at("samples") == 4 * of_each);
  CHECK(replayed.at("state_sha256") == newest_checkpoint(setup.directory).at("state_sha256"));
}

}  // namespace altmind::e2e
