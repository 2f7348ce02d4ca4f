// Streams over real connections: every line is learned once, whatever happens to the connections.

#include <doctest/doctest.h>

#include <numeric>
#include <random>

#include "tests/adapters/sources/tcp/fixture.hpp"

using namespace altmind;
using namespace altmind::ingest;
using Json = nlohmann::json;

namespace {

const std::string open_a = "{\"stream\":\"a\"}\n";

std::uint64_t opened(Client& client) {
  REQUIRE(client.send(open_a));
  const auto reply = client.reply();
  REQUIRE(reply);
  REQUIRE(reply->contains("next"));
  return (*reply)["next"];
}

std::vector<std::uint64_t> counted_to(std::uint64_t n) {
  std::vector<std::uint64_t> all(n);
  std::iota(all.begin(), all.end(), 1);
  return all;
}

}  // namespace

TEST_CASE("a stream goes on where it was, also on another source with the same ledger") {
  Ledger ledger;
  GatheringSink sink(ledger);
  {
    RunningSource running(sink, ledger);
    Client client(running.port);
    CHECK(opened(client) == 1);
    REQUIRE(client.send(sample_line(1) + "bad\n" + sample_line(3)));
    CHECK(client.reply_through(3));
    client.reset();
    Client again(running.port);
    CHECK(opened(again) == 4);
  }
  RunningSource restarted(sink, ledger);
  Client client(restarted.port);
  CHECK(opened(client) == 4);
  REQUIRE(client.send("bad\n"));
  CHECK(client.reply_through(4));
  CHECK(ledger.position("tcp:tcp:a") == "4");
}

TEST_CASE("a new connection of a stream waits for what the old one has in flight, and ends the old one") {
  Ledger ledger;
  GatheringSink sink(ledger, GatheringSink::unlimited, false);
  RunningSource running(sink, ledger);
  Client older(running.port);
  CHECK(opened(older) == 1);
  REQUIRE(older.send(sample_line(1)));
  REQUIRE(sink.wait_accepted(1));

  Client newer(running.port);
  REQUIRE(newer.send(open_a + sample_line(2)));
  const auto taken = older.reply();
  REQUIRE(taken);
  CHECK((*taken)["error"]["reason"] == "stream_taken");
  // Whatever the older connection sends now is ignored.
  older.send(sample_line(99));

  sink.acknowledge(1);
  const auto next = newer.reply();
  REQUIRE(next);
  CHECK((*next)["next"] == 2);
  CHECK(older.reply_through(1));
  CHECK(older.ended());
  REQUIRE(sink.wait_accepted(2));
  sink.acknowledge(1);
  CHECK(newer.reply_through(2));
  CHECK(sink.first_features(2) == std::vector<float>{1, 2});
}

TEST_CASE("a third connection ends a second that still waits") {
  Ledger ledger;
  GatheringSink sink(ledger, GatheringSink::unlimited, false);
  RunningSource running(sink, ledger);
  Client first(running.port);
  CHECK(opened(first) == 1);
  REQUIRE(first.send(sample_line(1)));
  REQUIRE(sink.wait_accepted(1));
  first.reset();
  Client second(running.port);
  REQUIRE(second.send(open_a));
  REQUIRE(running.connections(1));
  Client third(running.port);
  REQUIRE(third.send(open_a));
  const auto taken = second.reply();
  REQUIRE(taken);
  CHECK((*taken)["error"]["reason"] == "stream_taken");
  CHECK(second.ended());
  sink.acknowledge(1);
  CHECK((*third.reply())["next"] == 2);
}

TEST_CASE("different streams do not disturb each other") {
  Ledger ledger;
  GatheringSink sink(ledger);
  RunningSource running(sink, ledger);
  Client a(running.port);
  Client b(running.port);
  CHECK(opened(a) == 1);
  REQUIRE(b.send("{\"stream\":\"b\"}\n"));
  CHECK((*b.reply())["next"] == 1);
  REQUIRE(a.send(sample_line(1) + sample_line(2)));
  CHECK(a.reply_through(2));
  REQUIRE(b.send(sample_line(3)));
  CHECK(b.reply_through(1));
  CHECK(ledger.position("tcp:tcp:a") == "2");
  CHECK(ledger.position("tcp:tcp:b") == "1");
}

TEST_CASE("a client that loses its connection at any moment has every line learned once, in order") {
  constexpr std::uint64_t lines = 4000;
  for (unsigned seed = 1; seed <= 3; ++seed) {
    Ledger ledger;
    WriterSink sink(ledger, 50);
    RunningSource running(sink, ledger);
    std::mt19937 random(seed);
    const auto pick = [&](std::uint64_t n) { return std::uniform_int_distribution<std::uint64_t>(0, n)(random); };
    std::uint64_t done = 0;
    int connections = 0;
    while (done < lines) {
      ++connections;
      REQUIRE(connections < 3000);
      Client client(running.port);
      if (!client.send(open_a)) continue;
      const auto reply = client.reply();
      REQUIRE(reply);
      const std::uint64_t next = (*reply)["next"];
      CHECK(next > done);
      std::string bytes;
      for (std::uint64_t n = next; n <= std::min(lines, next + 200); ++n) bytes += sample_line(n);
      const std::size_t cut = std::min<std::size_t>(bytes.size(), pick(2 * bytes.size()));
      for (std::size_t at = 0; at < cut;) {
        const std::size_t n = std::min<std::size_t>(1 + pick(2000), cut - at);
        if (!client.send(std::string_view(bytes).substr(at, n))) break;
        at += n;
      }
      if (next > lines) {
        done = lines;
      } else if (pick(2) == 0 && cut > 100) {
        const auto ack = client.reply();
        if (ack && ack->contains("through_line")) done = (*ack)["through_line"];
      }
      if (pick(1) == 0) {
        client.reset();
      } else if (pick(1) == 0) {
        client.finish_sending();
      }
    }
    CHECK(sink.learned() == counted_to(lines));
    CHECK(connections > 10);
  }
}
