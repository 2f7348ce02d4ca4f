// Access control and response bodies, over the program's own sockets.

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/e2e/support/daemon.hpp"
#include "tests/e2e/support/line_client.hpp"
#include "tests/e2e/support/samples.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/scratch_directory.hpp"

namespace altmind::e2e {

namespace {

using nlohmann::json;

/// Returns the status of a request with this Host; `page` adds the matching Origin, as a browser would.
int status_by(Daemon& daemon, const std::string& host, const std::string& request_line, bool page) {
  const std::string body = request_line.find("ingest") == std::string::npos ? "" : sample_line(1, 0, inputs);
  Socket socket(daemon.http_port());
  socket.send(request_line + " HTTP/1.1\r\nHost: " + host + "\r\n" +
              (page ? "Origin: http://" + host + "\r\n" : std::string()) +
              "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  const auto head = socket.read_until("\r\n\r\n");
  REQUIRE(head);
  return std::stoi(head->substr(9, 3));
}

}  // namespace

TEST_CASE("a page whose own name points here may neither teach nor operate nor ask") {
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "data";
  setup.http = "hosts = [\"learn.example\"]";
  Daemon daemon(scratch.write("altmind.toml", setup.toml()));
  const std::string port = ":" + std::to_string(daemon.http_port());
  for (const bool page : {true, false}) {
    CHECK(status_by(daemon, "evil.example" + port, "POST /v1/ingest", page) == 403);
    CHECK(status_by(daemon, "evil.example" + port, "POST /v1/admin/checkpoint", page) == 403);
    for (const std::string& own :
         {"127.0.0.1" + port, "localhost" + port, "[::1]" + port, std::string("learn.example")})
      CHECK(status_by(daemon, own, "POST /v1/ingest", page) == 200);
  }
  CHECK(status_by(daemon, "evil.example" + port, "GET /v1/model", true) == 403);
  CHECK(status_by(daemon, "evil.example" + port, "GET /livez", false) == 200);
  CHECK(status_by(daemon, "localhost", "POST http://evil.example/v1/ingest", false) == 403);
  CHECK(status_by(daemon, "evil.example", "POST http://localhost/v1/ingest", false) == 200);
  CHECK(daemon.stop() == exited(0));
}

TEST_CASE("what cannot be predicted in finite numbers is refused, by the daemon and by predict") {
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "data";
  setup.inputs = 2;
  setup.model = "task = \"regression\"\noutputs = 1";
  setup.store = "checkpoint_batches = 1";
  Daemon daemon(scratch.write("altmind.toml", setup.toml()));
  std::string lines;
  for (int i = 0; i < 200; ++i)
    lines += "{\"features\":[" + std::to_string(i % 7) + "," + std::to_string(i % 11) +
             "],\"label\":" + std::to_string(1000 * (i % 7)) + "}\n";
  REQUIRE(daemon.http().post("/v1/ingest", lines, {{"Content-Type", "application/x-ndjson"}})->status == 200);
  daemon.wait_for_model([](const json& model) { return model.at("step") >= 4; });
  const std::string wild = "{\"features\":[3e38,3e38]}";
  const auto reply = daemon.http().post("/v1/predict", "[{\"features\":[1,2]}," + wild + "]");
  REQUIRE(reply);
  CHECK(reply->body.find("null") == std::string::npos);
  CHECK((reply->status == 200 || reply->json().at("reason") == "not_finite"));
  CHECK(daemon.stop() == exited(0));
  const auto predicted = run_altmind({.arguments = {"predict", "--checkpoint", setup.directory, "--input", "-"},
                                      .input = "{\"features\":[1,2]}\n" + wild + "\n{\"features\":[2,3]}\n"});
  CHECK(predicted.out.find("null") == std::string::npos);
  CHECK(std::count(predicted.out.begin(), predicted.out.end(), '\n') == 3);
  CHECK((predicted.out.find("not_finite") != std::string::npos) == (predicted.ended == exited(1)));
}

TEST_CASE("connections that do nothing keep nobody out, over HTTP and, after their time, over TCP") {
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "data";
  setup.http = "max_connections = 4";
  setup.sources = "[[source]]\ntype = \"tcp\"\naddress = \"127.0.0.1:0\"\nidle_timeout = \"200ms\"\n";
  Daemon daemon(scratch.write("altmind.toml", setup.toml()));
  std::vector<Socket> idle;
  for (int i = 0; i < 20; ++i) idle.emplace_back(daemon.http_port());
  const auto alive = daemon.http().get("/livez");
  REQUIRE(alive);
  CHECK(alive->status == 200);
  std::vector<Socket> slow;
  for (int i = 0; i < 20; ++i) {
    slow.emplace_back(daemon.http_port());
    slow.back().send("POST /v1/ingest HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n[");
  }
  CHECK(daemon.http().get("/livez")->status == 200);
  LineClient silent(daemon.tcp_port());
  const auto told = silent.reply();
  REQUIRE(told);
  CHECK(told->at("error").at("reason") == "idle_timeout");
  CHECK(!silent.reply());
  CHECK(daemon.stop() == exited(0));
}

TEST_CASE("health and small predictions are answered while long ones are worked on") {
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "data";
  setup.inputs = 2;
  setup.model = "max_classes = 1000";
  Daemon daemon(scratch.write("altmind.toml", setup.toml()));
  std::string list = "[{\"features\":[1,2]}";
  for (std::size_t i = 1; i < test::runs(10'000); ++i) list += ",{\"features\":[1,2]}";
  const std::string body = list + "]";
  std::vector<Socket> askers;
  for (int i = 0; i < 6; ++i) {
    askers.emplace_back(daemon.http_port());
    askers.back().send(
        "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  for (int i = 0; i < 5; ++i) {
    CHECK(daemon.http().get("/livez")->status == 200);
    CHECK(daemon.http().get("/metrics")->status == 200);
    const auto small = daemon.http().post("/v1/predict?top_k=2", "{\"features\":[1,2]}");
    REQUIRE(small);
    CHECK(small->json().at("predictions")[0].at("probabilities").size() == 2);
  }
  for (Socket& asker : askers) {
    const auto head = asker.read_until("\r\n\r\n");
    REQUIRE(head);
    CHECK(head->starts_with("HTTP/1.1 200"));
  }
  CHECK(daemon.stop() == exited(0));
}

}  // namespace altmind::e2e
