// How the daemon starts, stops and fails.

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include "tests/e2e/support/daemon.hpp"
#include "tests/e2e/support/line_client.hpp"
#include "tests/e2e/support/samples.hpp"
#include "tests/support/scratch_directory.hpp"

namespace altmind::e2e {

namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::json;

/// The socket that sd_notify() sends to.
class NotifySocket {
 public:
  explicit NotifySocket(const std::string& path) {
    fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const timeval limit{60, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  ~NotifySocket() { ::close(fd_); }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  /// Returns the next message; empty after a minute without one.
  std::string receive() {
    char text[4096];
    const ssize_t n = ::recv(fd_, text, sizeof text, 0);
    return n > 0 ? std::string(text, static_cast<std::size_t>(n)) : std::string();
  }

 private:
  int fd_ = -1;
};

std::uint64_t number(const json& value, const char* name) {
  return value.at(name).get<std::uint64_t>();
}

}  // namespace

TEST_CASE("SIGTERM at full speed ends the daemon within five seconds and keeps what was acknowledged") {
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "data";
  setup.hidden = "[100, 100]";
  setup.learning = "batch_size = 50\nmax_batch_age = \"1s\"";
  setup.sources = tcp_source;
  Daemon daemon(scratch.write("altmind.toml", setup.toml()));

  std::atomic<std::uint64_t> by_http = 0;
  std::atomic<std::uint64_t> by_tcp = 0;
  std::atomic<std::uint64_t> sent = 0;
  std::jthread http([&, port = daemon.http_port()](const std::stop_token& stop) {
    HttpClient client(port);
    for (std::uint64_t at = 0; !stop.stop_requested(); at += 200) {
      sent += 200;
      const auto reply = client.post("/v1/ingest", sample_lines(at, at + 200, 0, inputs), ndjson);
      if (!reply || reply->status == 503) return;
      if (reply->status == 200) by_http += number(reply->json(), "accepted");
    }
  });
  std::jthread tcp([&, port = daemon.tcp_port()](const std::stop_token& stop) {
    LineClient client(port);
    for (std::uint64_t at = 0; !stop.stop_requested(); at += 500) {
      sent += 500;
      const bool open = client.send(sample_lines(at, at + 500, 1, inputs)) &&
                        client.wait_through(at + 500 > 5000 ? at + 500 - 5000 : 0);
      by_tcp = client.through();
      if (!open) break;
    }
    client.wait_through(~std::uint64_t{0});  // read what is still in flight, until the daemon closes
    by_tcp = client.through();
  });

  daemon.wait_for_model([](const json& model) {
    const json& sources = model.at("sources");
    return number(model, "step") >= 40 && number(sources[0], "accepted") > 1000 &&
           number(sources[1], "accepted") > 1000;
  });
  const auto begin = Clock::now();
  const Ended how = daemon.stop();
  const std::chrono::duration<double> seconds = Clock::now() - begin;
  http.join();
  tcp.join();
  CHECK(how == exited(0));
  CHECK(seconds.count() < 5.0);
  MESSAGE("ended ", seconds.count(), " s after SIGTERM, ", by_http.load() + by_tcp.load(), " samples acknowledged");

  REQUIRE(!checkpoints_of(setup.directory).empty());
  const json found = replay(setup.directory);
  const std::uint64_t kept = number(found, "sequence") + number(found, "waiting_samples");
  CHECK(by_http > 0);
  CHECK(by_tcp > 0);
  CHECK(kept >= by_http + by_tcp);
  CHECK(kept <= sent);
}

TEST_CASE("a second daemon on the same directory ends at once and names the first") {
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "data";
  const std::string file = scratch.write("altmind.toml", setup.toml());
  Daemon first(file);
  REQUIRE(first.http().post("/v1/ingest", sample_lines(0, 50, 0, inputs), ndjson)->status == 200);

  double fastest = 1e9;  // of three, because the machine may be busy
  for (int i = 0; i < 3; ++i) {
    const auto begin = Clock::now();
    const Finished second = run_altmind(serve_command(file));
    fastest = std::min(fastest, std::chrono::duration<double>(Clock::now() - begin).count());
    CHECK(second.ended == exited(1));
    CHECK(second.err.find("process " + std::to_string(first.process().pid()) + " ") != std::string::npos);
    CHECK(second.err.find(setup.directory) != std::string::npos);
  }
  CHECK(fastest < 1.0);

  const Finished learning = run_altmind({.arguments = {"learn", "-c", file, "--resume", "--input", "/dev/null"}});
  CHECK(learning.ended == exited(1));
  CHECK(first.http().post("/v1/ingest", sample_lines(50, 100, 0, inputs), ndjson)->status == 200);
  CHECK(first.stop() == exited(0));
  CHECK(number(replay(setup.directory), "samples") == 100);
  Daemon third(file);  // the lock was released with its process
  CHECK(number(third.model(), "samples") == 100);
}

TEST_CASE("a journal that can no longer be written refuses samples, predicts on, and loses nothing") {
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "data";
  setup.sources = tcp_source;
  const std::string file = scratch.write("altmind.toml", setup.toml());
  std::uint64_t acknowledged = 0;
  {
    Daemon daemon(file, {.arguments = {}, .file_size_limit = 200 << 10});
    HttpClient client = daemon.http();
    std::optional<HttpReply> reply;
    for (std::uint64_t at = 0; at < 10'000; at += 70) {
      reply = client.post("/v1/ingest", sample_lines(at, at + 70, 0, inputs), ndjson);
      REQUIRE_MESSAGE(reply, daemon.process().err());
      if (reply->status != 200) break;
      acknowledged += 70;
    }
    CHECK(acknowledged > 0);
    CHECK(reply->status == 503);
    CHECK(reply->json().at("reason") == "journal_failed");
    CHECK(client.post("/v1/ingest", sample_line(0, 0, inputs), ndjson)->status == 503);
    CHECK(client.get("/readyz")->status == 503);
    CHECK(client.get("/readyz?verbose")->json().at("journal_failed") == true);
    CHECK(client.get("/livez")->status == 200);
    const auto predicted = client.post("/v1/predict", "{\"features\":" + feature_list(1, 0, inputs) + "}");
    REQUIRE(predicted);
    CHECK(predicted->status == 200);
    CHECK(client.get("/metrics")->status == 200);

    LineClient lines(daemon.tcp_port());
    lines.send(sample_line(1, 1, inputs));
    const auto answer = lines.reply();  // an error or the end of the connection, but no acknowledgement
    CHECK((!answer || !answer->contains("accepted") || answer->at("accepted") == 0));
    CHECK(daemon.process().wait_for_err(
        [](const std::string& err) {
          return !logged(err, "the disk is full; learning waits until there is room").is_null();
        },
        patience));
    CHECK(daemon.stop() == exited(1));
  }
  const json found = replay(setup.directory);
  CHECK(number(found, "sequence") + number(found, "waiting_samples") == acknowledged);

  Daemon daemon(file);
  HttpClient client = daemon.http();
  CHECK(client.get("/readyz")->status == 200);
  const auto reply = client.post("/v1/ingest", sample_line(1, 0, inputs), ndjson);
  REQUIRE(reply);
  CHECK(reply->status == 200);
  CHECK(reply->json().at("sequence") == acknowledged + 1);
  CHECK(daemon.stop() == exited(0));
}

TEST_CASE("systemd is told when the daemon is ready, after replay, and when it stops") {
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "data";
  setup.store = "checkpoint_batches = 0";
  const std::string file = scratch.write("altmind.toml", setup.toml());
  {
    Daemon daemon(file);
    REQUIRE(daemon.http().post("/v1/ingest", sample_lines(0, 1000, 0, inputs), ndjson)->status == 200);
    daemon.kill();
  }
  NotifySocket notify(scratch / "notify");
  Process process(altmind_program(),
                  {.arguments = serve_command(file).arguments, .environment = {{"NOTIFY_SOCKET", scratch / "notify"}}});
  std::string message = notify.receive();
  while (message.find("EXTEND_TIMEOUT_USEC") != std::string::npos) message = notify.receive();
  REQUIRE(message.find("READY=1") != std::string::npos);
  // READY=1 means that clients can connect and see the replayed state.
  json listens;
  REQUIRE(process.wait_for_err(
      [&](const std::string& err) { return !(listens = logged(err, "HTTP listens")).is_null(); }, patience));
  HttpClient client(static_cast<std::uint16_t>(std::stoi(listens.at("port").get<std::string>())));
  const auto model = client.get("/v1/model");
  REQUIRE(model);
  CHECK(model->json().at("step") == 20);
  CHECK(client.get("/readyz")->status == 200);

  process.signal(SIGHUP);
  CHECK(notify.receive().find("RELOADING=1") != std::string::npos);
  CHECK(notify.receive().find("READY=1") != std::string::npos);
  process.signal(SIGTERM);
  CHECK(notify.receive().find("STOPPING=1") != std::string::npos);
  CHECK(process.wait(patience) == exited(0));
  // No checkpoint covers the replay yet: the stop saves one although nothing new was learned.
  CHECK(newest_checkpoint(setup.directory).at("sequence") == 1000);
}

TEST_CASE("SIGINT drains and checkpoints like SIGTERM") {
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "data";
  Daemon daemon(scratch.write("altmind.toml", setup.toml()));
  REQUIRE(daemon.http().post("/v1/ingest", sample_lines(0, 100, 0, inputs), ndjson)->status == 200);
  daemon.process().signal(SIGINT);
  CHECK(daemon.process().wait(patience) == exited(0));
  CHECK(newest_checkpoint(setup.directory).at("sequence") == 100);
}

TEST_CASE("an address that is taken ends the start with a sentence that names it") {
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "first";
  setup.sources = tcp_source;
  Daemon first(scratch.write("first.toml", setup.toml()));
  const auto refused = [&](const std::string& key, std::uint16_t port) {
    setup.directory = scratch / "second";
    const std::string file = scratch.write("second.toml", setup.toml());
    const std::string address = "127.0.0.1:" + std::to_string(port);
    const Finished second = run_altmind({.arguments = {"serve", "-c", file, "--set", key + "=" + address}});
    CHECK(second.ended == exited(1));
    CHECK_MESSAGE(second.err.find(address) != std::string::npos, second.err);
  };
  refused("http.listen", first.http_port());
  refused("source.tcp.address", first.tcp_port());
}

}  // namespace altmind::e2e
