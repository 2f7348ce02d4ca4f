#include "adapters/http/wire/stream.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <future>
#include <semaphore>
#include <string>
#include <utility>

#include "tests/adapters/http/wire/echo_server.hpp"
#include "tests/adapters/http/wire/local_streams.hpp"

using namespace altmind;
using namespace altmind::http;
using namespace altmind::test;

namespace {

void answer_with_body(const Request& request, const Respond& respond) {
  Response response;
  response.body = request.body + (request.from_loopback ? " from here" : " from afar");
  respond(std::move(response));
}

bool is_over(const std::future<void>& ended) {
  return ended.wait_for(20s) == std::future_status::ready;
}

}  // namespace

TEST_CASE("requests with bodies are served one after the other over a stream that is not TCP") {
  LocalServer server(answer_with_body);
  LocalConnection connection = server.connect<LocalStream>();
  RawClient& client = connection.client;
  const std::string large(1 << 20, 'x');
  std::future<bool> sent = std::async(std::launch::async, [&] { return client.send(post("/a", large)); });
  CHECK(client.read().body == large + " from afar");
  CHECK(sent.get());
  client.send(post("/a", "first") + "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nsec\r\n");
  CHECK(client.read().body == "first from afar");
  client.send("3\r\nond\r\n0\r\n\r\n");
  CHECK(client.read().body == "second from afar");
  client.send("POST /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  CHECK(client.read().status == 100);
  client.send("third");
  CHECK(client.read().body == "third from afar");
  client.finish_sending();
  CHECK(client.at_end());
  CHECK(is_over(connection.ended));
}

TEST_CASE("a client that goes away in the middle of a body, or of its answer, ends its connection") {
  std::promise<Respond> asked;
  const auto answer_later = [&](const Request&, Respond respond) { asked.set_value(std::move(respond)); };
  LocalServer server(answer_later);
  LocalConnection half = server.connect<LocalStream>();
  half.client.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab");
  half.client.close();
  CHECK(is_over(half.ended));
  LocalConnection gone = server.connect<LocalStream>();
  gone.client.send(get_a);
  const Respond respond = asked.get_future().get();
  gone.client.close();
  Response large;
  large.body.assign(8 << 20, 'x');
  respond(std::move(large));
  CHECK(is_over(gone.ended));
}

TEST_CASE("after a wait that was cancelled the client is still told that it was too slow") {
  HttpOptions options;
  options.header_timeout = 50ms;
  LocalServer server(answer_with_body, options);
  LocalConnection connection = server.connect<LocalStream>();
  connection.client.send("GET /a");
  CHECK(connection.client.read().status == 408);
  connection.client.finish_sending();
  CHECK(is_over(connection.ended));
}

TEST_CASE("a write that takes too long is ended by closing the stream: cancelling a wait does not reach it") {
  HttpOptions options;
  options.write_timeout = 50ms;
  const auto answer_much = [](const Request&, const Respond& respond) {
    Response response;
    response.body.assign(16 << 20, 'x');
    respond(std::move(response));
  };
  LocalServer server(answer_much, options);
  LocalConnection connection = server.connect<LocalStream>();
  connection.client.send(get_a);
  CHECK(is_over(connection.ended));
}

TEST_CASE("100 Continue is written within the time-out of the body") {
  HttpOptions options;
  options.body_timeout = 50ms;
  LocalServer server(answer_with_body, options);
  LocalConnection connection = server.connect<StuckWrites>();
  connection.client.send("POST /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  CHECK(is_over(connection.ended));
}

TEST_CASE("stop over any stream closes what is idle and lets a request finish") {
  std::promise<Respond> asked;
  const auto answer_later = [&](const Request&, Respond respond) { asked.set_value(std::move(respond)); };
  LocalServer server(answer_later);
  LocalConnection idle = server.connect<LocalStream>();
  LocalConnection running = server.connect<GreetingStream>();
  running.client.send("HELLO" + get_a);
  CHECK(running.client.take(7) == "WELCOME");
  const Respond respond = asked.get_future().get();
  server.stop();
  CHECK(idle.client.at_end());
  CHECK(is_over(idle.ended));
  respond({});
  CHECK(running.client.read().headers.at("Connection") == "close");
  CHECK(running.client.take(3) == "BYE");
  CHECK(running.client.at_end());
  CHECK(is_over(running.ended));
}

TEST_CASE("a stream may need a handshake before the first byte and a farewell after the last one") {
  LocalServer server(answer_with_body);
  LocalConnection connection = server.connect<GreetingStream>();
  RawClient& client = connection.client;
  for (const char c : std::string("HELLO")) REQUIRE(client.send({&c, 1}));
  CHECK(client.take(7) == "WELCOME");
  client.send(post("/a", "one"));
  CHECK(client.read().body == "one from afar");
  client.send(post("/a", "two", "Connection: close\r\n"));
  CHECK(client.read().body == "two from afar");
  CHECK(client.take(3) == "BYE");
  CHECK(client.at_end());
  CHECK(is_over(connection.ended));
}

TEST_CASE("a handshake that does not end is an idle connection: it gives way, and has the idle time-out") {
  HttpOptions options;
  options.idle_timeout = 50ms;
  LocalServer impatient(answer_with_body, options);
  LocalConnection late = impatient.connect<GreetingStream>();
  late.client.send("HELL");
  CHECK(late.client.at_end());
  CHECK(is_over(late.ended));

  LocalServer server(answer_with_body);
  LocalConnection longest = server.connect<GreetingStream>();
  LocalConnection next = server.connect<GreetingStream>();
  longest.client.send("HELL");
  CHECK(server.make_room());
  CHECK(longest.client.at_end());
  CHECK(is_over(longest.ended));
  next.client.send("HOWDY");
  CHECK(next.client.at_end());
  CHECK(is_over(next.ended));
}

TEST_CASE("a farewell that is not taken has an end, and gives way before it") {
  LocalServer server(answer_with_body);
  LocalConnection first = server.connect<StuckFarewell>();
  LocalConnection second = server.connect<StuckFarewell>();
  for (LocalConnection* connection : {&first, &second}) {
    connection->client.send(post("/a", "x", "Connection: close\r\n"));
    CHECK(connection->client.read().status == 200);
  }
  CHECK(server.make_room());
  CHECK(is_over(first.ended));
  CHECK(is_over(second.ended));
}
