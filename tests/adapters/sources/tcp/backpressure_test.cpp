// Backpressure: nothing is dropped and nothing grows without bound, whichever side is slow.

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/adapters/sources/tcp/fixture.hpp"

using namespace altmind;
using namespace altmind::ingest;
using namespace altmind::tcp;
using Json = nlohmann::json;

namespace {

/// Small enough to fill. If it were much smaller, a full buffer would make the kernel drop segments with the
/// acknowledgements they carry, which stalls the other direction as well.
constexpr int small_buffer = 64 << 10;

/// Sends until the connection accepts nothing for a while; returns the number of bytes sent.
std::size_t fill(Client& client, std::string_view bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const std::size_t n = client.send_some(bytes.substr(sent), std::chrono::milliseconds(300));
    if (n == 0) return sent;
    sent += n;
  }
  return sent;
}

std::string many(std::uint64_t count, const std::string& line) {
  std::string bytes;
  bytes.reserve(count * line.size());
  for (std::uint64_t n = 0; n < count; ++n) bytes += line;
  return bytes;
}

}  // namespace

TEST_CASE("a full sink stops the reading, and every sample is learned when there is room") {
  Ledger ledger;
  GatheringSink sink(ledger, 100, false);
  TcpLimits limits;
  limits.session.group_samples = 40;
  RunningSource running(sink, ledger, tcp_options(), limits);
  Client client(running.port, 4096, 4096);
  constexpr std::uint64_t lines = 400'000;
  std::string bytes;
  for (std::uint64_t n = 0; n < lines; ++n) bytes += sample_line(n);
  const std::size_t sent = fill(client, bytes);
  CHECK(sent < bytes.size());
  REQUIRE(sink.wait_source_waits());
  const std::uint64_t offers = sink.offers();
  CHECK(running.probe.queue_full_count() == 1);
  CHECK(fill(client, std::string_view(bytes).substr(sent)) == 0);
  CHECK(sink.offers() == offers);  // waits instead of polling

  std::jthread writer([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      if (sink.waiting_groups() == 0) std::this_thread::yield();
      sink.acknowledge(1);
    }
  });
  constexpr std::uint64_t enough = 20'000;
  std::string_view rest = std::string_view(bytes).substr(sent);
  const std::size_t stop_at = std::max(sent, bytes.find(sample_line(enough)));
  rest = rest.substr(0, stop_at - sent);
  REQUIRE(client.send(rest));
  client.finish_sending();
  CHECK(client.reply_where([&](const Json& json) { return json.value("accepted", 0U) >= enough; }));
  while (client.reply()) {
  }
  CHECK(client.ended());
  REQUIRE(sink.wait_durable(enough));
  const std::vector<float> learned = sink.first_features(2);
  REQUIRE(learned.size() >= enough);
  for (std::size_t n = 0; n < learned.size(); ++n) {
    if (learned[n] != static_cast<float>(n)) FAIL("sample " << n << " is " << learned[n]);
  }
}

TEST_CASE("a client that never reads is still learned from, to the last line") {
  Ledger ledger;
  WriterSink sink(ledger, 100'000);
  TcpLimits limits;
  limits.flush = std::chrono::milliseconds(50);
  RunningSource running(sink, ledger, tcp_options(), limits);
  Client client(running.port, small_buffer);
  constexpr std::uint64_t lines = 50'000;
  std::string bytes;
  for (std::uint64_t n = 0; n < lines; ++n) bytes += sample_line(n);
  REQUIRE(client.send(bytes));
  client.finish_sending();
  REQUIRE(sink.wait_learned(lines));
  CHECK(running.connections(0));
  CHECK(sink.learned().size() == lines);
}

TEST_CASE("a client that never reads its errors is not read either, and none is lost") {
  Ledger ledger;
  GatheringSink sink(ledger);
  RunningSource running(sink, ledger);
  Client client(running.port, 4096, 4096);
  const std::string bytes = many(2'000'000, "x\n");
  const std::size_t sent = fill(client, bytes);
  CHECK(sent < bytes.size());
  const std::uint64_t lines = running.status()["lines"];
  // Held at most: two buffers of 256 KiB with errors of more than 80 bytes each, and the kernel's buffers.
  CHECK(lines < 200'000);
  client.finish_sending();
  std::uint64_t line = 0;
  while (const auto reply = client.reply()) {
    ++line;
    if ((*reply)["error"]["line"] != line) FAIL("error " << line << " is missing");
  }
  CHECK(line == (sent + 1) / 2);
  CHECK(client.ended());
}

TEST_CASE("a slow client gets cumulative replies, the last one complete") {
  Ledger ledger;
  WriterSink sink(ledger, 1000);
  RunningSource running(sink, ledger);
  Client client(running.port, small_buffer);
  constexpr std::uint64_t lines = 5000;
  std::jthread sender([&] {
    for (std::uint64_t n = 0; n < lines; ++n) client.send(sample_line(n));
  });
  REQUIRE(sink.wait_learned(lines));
  sender.join();
  const auto last = client.reply_through(lines);
  REQUIRE(last);
  CHECK((*last)["accepted"] == lines);
  CHECK((*last)["sequence"] == lines);
}

TEST_CASE("a client that closes without reading has everything learned that it sent") {
  Ledger ledger;
  WriterSink sink(ledger, 1000);
  RunningSource running(sink, ledger);
  constexpr std::uint64_t lines = 3000;
  {
    Client client(running.port);
    for (std::uint64_t n = 0; n < lines; ++n) REQUIRE(client.send(sample_line(n)));
    client.finish_sending();
    REQUIRE(sink.wait_learned(lines));
  }
  CHECK(running.connections(0));
}
