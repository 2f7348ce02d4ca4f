#include <doctest/doctest.h>
#include <sys/resource.h>

#include <cerrno>
#include <ctime>
#include <set>

#include "adapters/telemetry/log.hpp"
#include "tests/adapters/http/wire/echo_server.hpp"

using namespace altmind;
using namespace altmind::http;
using namespace altmind::telemetry;
using namespace altmind::test;

TEST_CASE("sizes are limited at exactly their limits") {
  HttpOptions options;
  options.max_header = 200;
  options.max_body = 100;
  Echo echo(options);
  std::string head = "GET /a HTTP/1.1\r\nHost: h\r\nX: ";
  head += std::string(200 - head.size() - 4, 'x') + "\r\n\r\n";
  RawClient client(echo.port());
  client.send(head);
  CHECK(client.read().status == 200);
  head.insert(head.size() - 4, "x");
  CHECK(refusal_of(echo.port(), head) == 431);
  CHECK(refusal_of(echo.port(), "GET /" + std::string(1000, 'a')) == 431);

  client.send(post("/b", std::string(100, 'b')));
  CHECK(json::parse(client.read().body)["body"].get<std::string>().size() == 100);
  CHECK(refusal_of(echo.port(), post("/b", std::string(101, 'b'))) == 413);
  const std::string chunked = "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string half = "32\r\n" + std::string(50, 'c') + "\r\n";
  client.send(chunked + half + half + "0\r\n\r\n");
  CHECK(client.read().status == 200);
  CHECK(refusal_of(echo.port(), chunked + half + half + "1\r\nc\r\n0\r\n\r\n") == 413);
  CHECK(refusal_of(echo.port(), chunked + "1;" + std::string(1000, 'e')) >= 400);
  CHECK(refusal_of(echo.port(), chunked + "0\r\nT: " + std::string(2000, 't')) >= 400);
}

TEST_CASE("a refused large upload still reads its answer") {
  HttpOptions options;
  options.max_body = 1000;
  Echo echo(options);
  RawClient client(echo.port());
  client.send(post("/b", std::string(4 << 20, 'b')));
  CHECK(client.read().status == 413);
}

TEST_CASE("whoever is slow is answered 408 and closed; an idle connection is just closed") {
  HttpOptions options;
  options.header_timeout = 50ms;
  options.body_timeout = 50ms;
  options.idle_timeout = 50ms;
  Echo echo(options);
  CHECK(refusal_of(echo.port(), "GET /a HT") == 408);
  CHECK(refusal_of(echo.port(), "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nabc") == 408);
  CHECK(refusal_of(echo.port(), "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab") == 408);
  RawClient silent(echo.port());
  CHECK(silent.at_end());
  RawClient quiet(echo.port());
  quiet.send(get_a);
  CHECK(quiet.read().status == 200);
  CHECK(quiet.at_end());
}

TEST_CASE("a byte now and then does not keep a connection beyond the header time-out") {
  HttpOptions options;
  options.header_timeout = 200ms;
  Echo echo(options);
  RawClient client(echo.port());
  const auto begin = std::chrono::steady_clock::now();
  std::promise<void> never;
  auto paced = never.get_future();
  while (client.send("G") && paced.wait_for(10ms) == std::future_status::timeout)
    if (std::chrono::steady_clock::now() - begin > 10s) FAIL("still open");
  CHECK(std::chrono::steady_clock::now() - begin >= 150ms);
}

TEST_CASE("a client that does not read its answer is dropped after the write time-out") {
  HttpOptions options;
  options.write_timeout = 100ms;
  Echo echo(options);
  RawClient client(echo.port());
  client.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
  echo.wait_for_later(1);
  echo.answer_later(std::string(64 << 20, 'x'));
  CHECK(std::get<0>(echo.wait_for_observed(1)[0]) == "/later");
  auto stopped = echo.stop();
  CHECK(stopped.wait_for(20s) == std::future_status::ready);
}

TEST_CASE("for a connection beyond the limit the one that has been idle longest gives way") {
  HttpOptions options;
  options.max_connections = 3;
  Echo echo(options);
  RawClient first(echo.port());
  first.send(get_a);
  CHECK(first.read().status == 200);
  RawClient second(echo.port());
  second.send(get_a);
  CHECK(second.read().status == 200);
  first.send(get_a);  // now the second has been idle longest
  CHECK(first.read().status == 200);
  RawClient third(echo.port());
  third.send("GET /a HTTP/1.1\r\n");
  RawClient fourth(echo.port());
  fourth.send(get_a);
  CHECK(fourth.read().status == 200);
  CHECK(second.at_end());
  first.send(get_a);
  CHECK(first.read().status == 200);
  third.send("Host: h\r\n\r\n");
  CHECK(third.read().status == 200);
}

TEST_CASE("whoever was refused and does not hang up keeps nobody out") {
  HttpOptions options;
  options.max_connections = 2;
  Echo echo(options);
  RawClient first(echo.port());
  RawClient second(echo.port());
  for (RawClient* client : {&first, &second}) {
    client->send("GET\r\n\r\n");
    CHECK(client->read().status == 400);
  }
  RawClient third(echo.port());
  third.send(get_a);
  CHECK(third.read().status == 200);
  CHECK(first.at_end());
}

TEST_CASE("a head that does not end gives way where nobody is idle, and what is being handled never does") {
  HttpOptions options;
  options.max_connections = 2;
  Echo echo(options);
  RawClient slow(echo.port());
  slow.send("GET /a HTTP/1.1\r\n");
  RawClient later(echo.port());
  later.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
  echo.wait_for_later(1);
  RawClient third(echo.port());
  third.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
  echo.wait_for_later(2);
  CHECK(slow.at_end());
  RawClient fourth(echo.port());
  CHECK(fourth.at_end());
  echo.answer_later("late");
  CHECK(later.read().body == "late");
  CHECK(third.read().body == "late");
}

TEST_CASE("where nobody is idle or beginning, who sends a body or leaves an answer longest gives way") {
  HttpOptions options;
  options.max_connections = 3;
  Echo echo(options);
  const std::string get_later = "GET /later HTTP/1.1\r\nHost: h\r\n\r\n";
  RawClient body(echo.port());
  body.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab");
  RawClient unread(echo.port());
  unread.send(get_later);
  echo.wait_for_later(1);
  echo.answer_later(std::string(64 << 20, 'x'));
  std::vector<std::unique_ptr<RawClient>> handled;
  for (std::size_t i = 1; i <= 3; ++i) {
    handled.push_back(std::make_unique<RawClient>(echo.port()));
    handled.back()->send(get_later);
    echo.wait_for_later(i);
    if (i == 2) CHECK(body.at_end());
  }
  const auto observed = echo.wait_for_observed(1);
  REQUIRE(observed.size() == 1);  // the client that sent half a body got no response
  CHECK(std::get<0>(observed[0]) == "/later");
  RawClient none(echo.port());
  CHECK(none.at_end());
  echo.answer_later("late");
  for (const auto& client : handled) CHECK(client->read().body == "late");
}

TEST_CASE("whoever comes with one request does not wait for those who have sent many, one behind the other") {
  Echo echo;
  constexpr int many = 50;
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(std::make_unique<RawClient>(echo.port()));
    clients.back()->send(get_a);
    CHECK(clients.back()->read().status == 200);
  }
  // Nothing is handled while the thread is blocked: all clients have requests waiting when it resumes.
  const std::string hold = "GET /hold HTTP/1.1\r\nHost: h\r\n\r\n";
  clients[0]->send(hold);
  echo.wait_for_hold();
  for (int i = 0; i < 6; ++i)
    for (const auto& client : clients) client->send(i == 5 && client == clients[1] ? hold : get_a);
  for (int i = 6; i < many; ++i)
    for (const auto& client : clients) client->send(get_a);
  echo.go_on();
  echo.wait_for_hold();  // while they are being handled
  RawClient health(echo.port());
  health.send(get_a);
  const std::size_t before = echo.handled();
  echo.go_on();
  CHECK(std::stoul(health.read().headers.at("Handled")) < before + clients.size() / 2);
  for (const auto& client : clients)
    for (int i = 0; i < many; ++i) CHECK(client->read().status == 200);
}

TEST_CASE("large answers together are bounded; small ones are given however many wait") {
  HttpOptions options;
  options.max_answer = 8 << 20;  // room for two at once, and more than the kernel's buffers hold of one
  Echo echo(options);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<RawClient>(echo.port()));
    clients.back()->send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
  }
  echo.wait_for_later(3);
  echo.answer_later(std::string(8 << 20, 'x'));
  RawClient health(echo.port());
  health.send(get_a);
  CHECK(health.read().status == 200);
  std::multiset<int> statuses;
  for (const auto& client : clients) {
    const Answer answer = client->read();
    statuses.insert(answer.status);
    if (answer.status == 503) CHECK(answer.headers.at("Retry-After") == "1");
  }
  CHECK(statuses == std::multiset<int>{200, 200, 503});
}

TEST_CASE("every answer forbids to guess its type") {
  Echo echo;
  RawClient client(echo.port());
  client.send(get_a + "GET /throw HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/9.9\r\n\r\n");
  for (const int status : {200, 500, 505}) {
    const Answer answer = client.read();
    CHECK(answer.status == status);
    CHECK(answer.headers.at("X-Content-Type-Options") == "nosniff");
  }
}

TEST_CASE("large bodies together are bounded") {
  HttpOptions options;
  options.max_body = 64 << 10;
  Echo echo(options);
  std::vector<std::unique_ptr<RawClient>> clients;
  const std::string body(64 << 10, 'b');
  for (int i = 0; i < 16; ++i) {
    clients.push_back(std::make_unique<RawClient>(echo.port()));
    clients.back()->send(post("/later", body));
  }
  echo.wait_for_later(16);
  CHECK(refusal_of(echo.port(), post("/b", body)) == 503);
  echo.answer_later("done");
  for (const auto& client : clients) CHECK(client->read().body == "done");
  clients[0]->send(post("/b", body));
  CHECK(clients[0]->read().status == 200);
}

TEST_CASE("stop closes idle connections, finishes running requests and then says so") {
  Echo echo;
  RawClient idle(echo.port());
  idle.send(get_a);
  idle.read();
  RawClient running(echo.port());
  running.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n" + get_a);
  echo.wait_for_later(1);
  auto stopped = echo.stop();
  CHECK(idle.at_end());
  CHECK(stopped.wait_for(20ms) == std::future_status::timeout);
  echo.answer_later("bye");
  const Answer answer = running.read();
  CHECK(answer.body == "bye");
  CHECK(answer.headers.at("Connection") == "close");
  CHECK(running.at_end());
  CHECK(stopped.wait_for(20s) == std::future_status::ready);
  CHECK(echo.handled() == 2);
}

TEST_CASE("stop does not wait long for a request that is still arriving") {
  Echo echo;
  RawClient half(echo.port());
  half.send(get_a + "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab");
  half.read();
  auto stopped = echo.stop();
  CHECK(stopped.wait_for(8s) == std::future_status::ready);
}

TEST_CASE("stop with nothing open is done at once") {
  Echo echo;
  CHECK(echo.stop().wait_for(20s) == std::future_status::ready);
}

TEST_CASE("a client that goes away while its request is handled harms nobody") {
  Echo echo;
  {
    RawClient gone(echo.port());
    gone.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
    echo.wait_for_later(1);
  }
  echo.answer_later(std::string(1 << 20, 'x'));
  RawClient client(echo.port());
  client.send(get_a);
  CHECK(client.read().status == 200);
}

TEST_CASE("running out of file descriptors does not end the server or make it spin, and whoever is idle gives way") {
  Echo echo;
  RawClient before(echo.port());
  before.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
  echo.wait_for_later(1);
  // UBSan opens a pipe when it checks the type of an object for the first time: let it check the logger
  // while there are descriptors.
  log(LogLevel::warning, "a test runs out of file descriptors",
      {{"error", boost::system::error_code(EMFILE, boost::system::system_category()).message()}});
  RawClient waiting;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const int lowest = ::dup(0);
  ::close(lowest);
  rlimit none = limit;
  none.rlim_cur = static_cast<rlim_t>(lowest);
  ::setrlimit(RLIMIT_NOFILE, &none);
  waiting.connect(echo.port());
  waiting.send(get_a);
  const std::clock_t cpu = std::clock();
  std::promise<void> never;
  auto pause = never.get_future();
  pause.wait_for(300ms);
  CHECK(static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC < 0.15);
  echo.answer_later("late");
  CHECK(before.read().body == "late");
  CHECK(waiting.read().status == 200);
  CHECK(before.at_end());
  ::setrlimit(RLIMIT_NOFILE, &limit);
}
