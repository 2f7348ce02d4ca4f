#include "adapters/sources/tcp/tcp_source.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <random>

#include "tests/adapters/sources/tcp/fixture.hpp"

using namespace altmind;
using namespace altmind::adapters;
using namespace altmind::ingest;
using namespace altmind::tcp;
using Json = nlohmann::json;

TEST_CASE("a line in, a reply out when it is durable") {
  Ledger ledger;
  GatheringSink sink(ledger, GatheringSink::unlimited, false);
  RunningSource running(sink, ledger);
  Client client(running.port);
  REQUIRE(client.send(sample_line(1)));
  REQUIRE(sink.wait_accepted(1));
  sink.acknowledge(1);
  CHECK(client.reply() == Json::parse(R"({"accepted": 1, "through_line": 1, "sequence": 1})"));
  REQUIRE(client.send("oops\n"));
  const auto error = client.reply();
  REQUIRE(error);
  CHECK((*error)["error"]["line"] == 2);
  CHECK((*error)["error"]["reason"] == "not_json");
  REQUIRE(client.send(sample_line(2)));
  REQUIRE(sink.wait_accepted(2));
  sink.acknowledge(1);
  CHECK(client.reply() == Json::parse(R"({"accepted": 2, "through_line": 3, "sequence": 2})"));
  const Json status = running.status();
  CHECK(status["type"] == "tcp");
  CHECK(status["name"] == "tcp");
  CHECK(status["address"] == "127.0.0.1:" + std::to_string(running.port));
  CHECK(status["connections"] == 1);
  CHECK(status["lines"] == 3);
  client.close();
  CHECK(running.connections(0));
}

TEST_CASE("a client that ends its side gets every reply before the connection ends") {
  Ledger ledger;
  GatheringSink sink(ledger, GatheringSink::unlimited, false);
  RunningSource running(sink, ledger);
  Client client(running.port);
  std::string bytes = sample_line(1) + sample_line(2) + sample_line(3);
  bytes.pop_back();
  REQUIRE(client.send(bytes));
  client.finish_sending();
  REQUIRE(sink.wait_accepted(3));
  sink.acknowledge(3);
  CHECK(client.reply_through(3));
  CHECK(client.ended());
  CHECK(sink.first_features(2) == std::vector<float>{1, 2, 3});
  CHECK(running.connections(0));
}

TEST_CASE("a client that sends byte by byte is understood") {
  Ledger ledger;
  WriterSink sink(ledger, 100);
  RunningSource running(sink, ledger);
  Client client(running.port);
  const std::string bytes = sample_line(1) + "{\"bad\r\n" + sample_line(2);
  for (const char c : bytes) REQUIRE(client.send({&c, 1}));
  CHECK(client.reply_through(3));
  CHECK(sink.learned() == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("many connections at once, cut anywhere, lose and double nothing") {
  constexpr std::uint64_t clients = 40;
  constexpr std::uint64_t lines = 300;
  Ledger ledger;
  WriterSink sink(ledger, 500);
  RunningSource running(sink, ledger);
  std::vector<std::jthread> threads;
  std::atomic<int> good = 0;
  for (std::uint64_t c = 0; c < clients; ++c) {
    threads.emplace_back([&, c] {
      std::mt19937 random(static_cast<unsigned>(c));
      Client client(running.port);
      std::string bytes;
      for (std::uint64_t n = 0; n < lines; ++n) {
        bytes += sample_line(c * lines + n);
        if (n % 10 == 9) bytes += "bad\n";
      }
      bool sent = true;
      for (std::size_t at = 0; at < bytes.size() && sent;) {
        const std::size_t n = std::uniform_int_distribution<std::size_t>(1, 3000)(random);
        sent = client.send(std::string_view(bytes).substr(at, n));
        at += n;
      }
      client.finish_sending();
      std::uint64_t errors = 0;
      std::uint64_t accepted = 0;
      while (const auto reply = client.reply()) {
        if (reply->contains("error")) ++errors;
        if (reply->contains("accepted")) accepted = (*reply)["accepted"];
      }
      if (sent && accepted == lines && errors == lines / 10) ++good;
    });
  }
  threads.clear();
  CHECK(good == static_cast<int>(clients));
  REQUIRE(sink.wait_learned(clients * lines));
  std::vector<std::uint64_t> learned = sink.learned();
  // Per client in order, and every sample exactly once.
  std::vector<std::uint64_t> next(clients);
  for (const std::uint64_t n : learned) {
    CHECK(n == n / lines * lines + next[n / lines]);
    ++next[n / lines];
  }
  CHECK(learned.size() == clients * lines);
  CHECK(running.probe.rejections().size() == clients * lines / 10);
  CHECK(running.connections(0));
}

TEST_CASE("connections beyond the limit are closed at once, and there is room again when one ends") {
  Ledger ledger;
  GatheringSink sink(ledger);
  TcpLimits limits;
  limits.connections = 2;
  RunningSource running(sink, ledger, tcp_options(), limits);
  Client first(running.port);
  Client second(running.port);
  REQUIRE(first.send(sample_line(1)));
  REQUIRE(second.send(sample_line(2)));
  CHECK(first.reply());
  CHECK(second.reply());
  Client third(running.port);
  CHECK(third.ended());
  first.close();
  REQUIRE(running.connections(1));
  Client fourth(running.port);
  REQUIRE(fourth.send(sample_line(4)));
  CHECK(fourth.reply());
}

TEST_CASE("stop reads no more, and what was admitted is still acknowledged") {
  Ledger ledger;
  GatheringSink sink(ledger, GatheringSink::unlimited, false);
  RunningSource running(sink, ledger);
  Client client(running.port);
  REQUIRE(client.send(sample_line(1)));
  REQUIRE(sink.wait_accepted(1));
  running.call([&] { running.source->stop(); });
  const std::uint64_t offers = sink.offers();
  REQUIRE(client.send(sample_line(2)));
  sink.acknowledge(1);
  CHECK(client.reply() == Json::parse(R"({"accepted": 1, "through_line": 1, "sequence": 1})"));
  CHECK(!client.reply());
  CHECK(client.ended());
  client.close();
  CHECK(running.connections(0));
  CHECK(sink.offers() == offers);
  CHECK_THROWS(Client(running.port));
}

TEST_CASE("stop does not wait for ever for what does not become durable") {
  Ledger ledger;
  GatheringSink sink(ledger, GatheringSink::unlimited, false);
  TcpLimits limits;
  limits.drain = std::chrono::milliseconds(50);
  RunningSource running(sink, ledger, tcp_options(), limits);
  Client client(running.port);
  REQUIRE(client.send(sample_line(1)));
  REQUIRE(sink.wait_accepted(1));
  running.call([&] { running.source->stop(); });
  CHECK(running.connections(0));
  sink.acknowledge(1);  // too late, and without effect
  CHECK(running.connections(0));
}

TEST_CASE("a receipt may come after the source is gone") {
  Ledger ledger;
  GatheringSink sink(ledger, GatheringSink::unlimited, false);
  {
    RunningSource running(sink, ledger);
    Client client(running.port);
    REQUIRE(client.send(sample_line(1)));
    REQUIRE(sink.wait_accepted(1));
  }
  sink.acknowledge(1);
  CHECK(sink.durable().size() == 1);
}

TEST_CASE("a group that is not durable ends the connection with an error") {
  Ledger ledger;
  GatheringSink sink(ledger, GatheringSink::unlimited, false);
  RunningSource running(sink, ledger);
  Client client(running.port);
  REQUIRE(client.send(sample_line(1)));
  REQUIRE(sink.wait_accepted(1));
  sink.acknowledge(1, false);
  const auto reply = client.reply();
  REQUIRE(reply);
  CHECK((*reply)["error"]["reason"] == "not_durable");
  CHECK((*reply)["error"]["line"] == 1);
  CHECK(!client.reply());
  CHECK(client.ended());
  client.close();
  CHECK(running.connections(0));
}

TEST_CASE("a sink that has closed ends the connection with an error") {
  Ledger ledger;
  GatheringSink sink(ledger);
  RunningSource running(sink, ledger);
  Client client(running.port);
  REQUIRE(client.send(sample_line(1)));
  CHECK(client.reply());
  sink.close();
  REQUIRE(client.send(sample_line(2)));
  const auto reply = client.reply();
  REQUIRE(reply);
  CHECK((*reply)["error"]["reason"] == "draining");
  CHECK(client.ended());
}

TEST_CASE("a reset connection leaves what was admitted, and nothing of its last half line") {
  Ledger ledger;
  GatheringSink sink(ledger, GatheringSink::unlimited, false);
  RunningSource running(sink, ledger);
  {
    Client client(running.port);
    REQUIRE(client.send(sample_line(1)));
    REQUIRE(sink.wait_accepted(1));
    REQUIRE(client.send(R"({"features":[2,2],"label":1})"));
    client.reset();
  }
  CHECK(running.connections(0));
  sink.acknowledge(1);
  CHECK(sink.offers() == 1);
  CHECK(running.probe.rejections().empty());
}

TEST_CASE("without acknowledgements samples are taken and nothing is said") {
  Ledger ledger;
  GatheringSink sink(ledger);
  SourceOptions options = tcp_options();
  options.ack = false;
  RunningSource running(sink, ledger, options);
  Client client(running.port);
  REQUIRE(client.send(sample_line(1) + "bad\n" + sample_line(2)));
  client.finish_sending();
  CHECK(client.ended());
  CHECK(client.unread().empty());
  CHECK(sink.first_features(2) == std::vector<float>{1, 2});
  CHECK(running.probe.rejections().size() == 1);
}

TEST_CASE("an address that cannot be had is named") {
  Ledger ledger;
  GatheringSink sink(ledger);
  RunningSource running(sink, ledger);
  boost::asio::io_context io;
  RecordingProbe probe;
  SourceOptions options = tcp_options();
  for (const std::string& address :
       {"127.0.0.1:" + std::to_string(running.port), std::string("127.0.0.1"), std::string(":80"),
        std::string("127.0.0.1:"), std::string("127.0.0.1:http-alt")}) {
    options.address = address;
    TcpSource source(io, options, two_inputs, sink, ledger, probe);
    CAPTURE(address);
    try {
      source.start();
      FAIL("started");
    } catch (const std::runtime_error& error) {
      CHECK(std::string(error.what()).find(address) != std::string::npos);
    }
  }
}

TEST_CASE("a source that never ran can be destroyed, and one with connections before its io_context") {
  Ledger ledger;
  GatheringSink sink(ledger, GatheringSink::unlimited, false);
  RecordingProbe probe;
  boost::asio::io_context io;
  {
    TcpSource source(io, tcp_options(), two_inputs, sink, ledger, probe);
    source.start();
  }
  std::optional<TcpSource> source(std::in_place, io, tcp_options(), two_inputs, sink, ledger, probe);
  source->start();
  Client client(source->port());
  REQUIRE(client.send(sample_line(1)));
  while (sink.offers() == 0) io.run_one_for(std::chrono::seconds(10));
  source.reset();
  sink.acknowledge(1);
}

TEST_CASE("between two connections that have much to say, the thread does whatever else there is") {
  Ledger ledger;
  GatheringSink sink(ledger);
  RunningSource running(sink, ledger);
  std::vector<std::unique_ptr<Client>> clients;
  std::string bad;
  for (int n = 0; n < 2000; ++n) bad += "x\n";
  // All lines arrive while the thread is blocked; handlers posted after them must run before the last line is read.
  std::promise<void> held;
  std::promise<void> go_on;
  boost::asio::post(running.io, [&] {
    held.set_value();
    go_on.get_future().wait();
  });
  held.get_future().wait();
  for (int i = 0; i < 10; ++i) {
    clients.push_back(std::make_unique<Client>(running.port));
    REQUIRE(clients.back()->send(bad));
  }
  // Twelve hops: more than a request needs to be accepted, read, handled and answered.
  auto lines_then = std::make_shared<std::promise<std::uint64_t>>();
  std::function<void(int)> hop = [&](int left) {
    if (left == 0) return lines_then->set_value(Json::parse(running.source->status())["lines"].get<std::uint64_t>());
    boost::asio::post(running.io, [&, left] { hop(left - 1); });
  };
  boost::asio::post(running.io, [&] { hop(12); });
  go_on.set_value();
  CHECK(lines_then->get_future().get() < 2000);
  for (const auto& client : clients) {
    const auto last = client->reply_where([](const Json& json) { return json.at("error").at("line") == 2000; });
    CHECK(last);
  }
}

TEST_CASE("a connection that has sent nothing for the idle time-out is told and ends; one that sends goes on") {
  Ledger ledger;
  GatheringSink sink(ledger);
  SourceOptions options = tcp_options();
  options.idle_timeout = std::chrono::milliseconds(100);
  RunningSource running(sink, ledger, options);
  Client silent(running.port);
  const auto told = silent.reply();
  REQUIRE(told);
  CHECK((*told)["error"]["reason"] == "idle_timeout");
  CHECK(!(*told)["error"].contains("line"));
  CHECK(silent.ended());
  Client client(running.port);
  REQUIRE(client.send(sample_line(1)));
  REQUIRE(client.reply_through(1));
  CHECK((*client.reply())["error"]["reason"] == "idle_timeout");
  CHECK(client.ended());
  silent.close();
  client.close();
  CHECK(running.connections(0));
}
