#include "adapters/http/server.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <tuple>
#include <vector>

#include "tests/adapters/http/raw_client.hpp"

using namespace altmind;
using namespace std::chrono_literals;
using altmind::test::Answer;
using altmind::test::RawClient;
using nlohmann::json;

namespace {

/// A server on a thread of its own. It echoes method, path and body; `/later` answers when told to.
class Echo {
 public:
  explicit Echo(HttpOptions options = {}) {
    options.listen = "127.0.0.1:0";
    Handler handler = [this](const Request& request, Respond respond) { handle(request, std::move(respond)); };
    RequestObserved observed = [this](const std::string& route, int status, double seconds) {
      const std::lock_guard lock(mutex_);
      observed_.emplace_back(route, status, seconds);
      changed_.notify_all();
    };
    server = std::make_unique<HttpServer>(io, std::move(options), std::move(handler), std::move(observed));
    server->start();
    thread_ = std::jthread([this] { io.run(); });
  }
  ~Echo() {
    boost::asio::post(io, [this] {
      server.reset();
      io.stop();
    });
    thread_.join();
    later_.clear();
  }

  std::uint16_t port() const { return server->port(); }

  std::future<void> stop() {
    auto stopped = std::make_shared<std::promise<void>>();
    boost::asio::post(io, [this, stopped] { server->stop([stopped] { stopped->set_value(); }); });
    return stopped->get_future();
  }

  /// Waits until `count` requests wait for their answer.
  void wait_for_later(std::size_t count) {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, 20s, [&] { return later_.size() >= count; }));
  }
  void answer_later(const std::string& body) {
    std::vector<Respond> waiting;
    {
      const std::lock_guard lock(mutex_);
      waiting.swap(later_);
    }
    Response response;
    response.body = body;
    response.route = "/later";
    for (const Respond& respond : waiting) respond(response);  // on this thread, not the server's
  }
  std::vector<std::tuple<std::string, int, double>> wait_for_observed(std::size_t count) {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, 20s, [&] { return observed_.size() >= count; }));
    return observed_;
  }
  std::size_t handled() const { return handled_; }

  boost::asio::io_context io{1};
  std::unique_ptr<HttpServer> server;

 private:
  void handle(const Request& request, Respond respond) {
    ++handled_;
    if (request.path == "/throw") throw std::runtime_error("as asked");
    if (request.path == "/later") {
      const std::lock_guard lock(mutex_);
      later_.push_back(std::move(respond));
      changed_.notify_all();
      return;
    }
    Response response;
    response.body = json{{"method", request.method},
                         {"path", request.path},
                         {"body", request.body},
                         {"loopback", request.from_loopback}}
                        .dump();
    response.route = "/echo";
    respond(response);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Respond> later_;
  std::vector<std::tuple<std::string, int, double>> observed_;
  std::atomic<std::size_t> handled_ = 0;
  std::jthread thread_;
};

const std::string get_a = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";

std::string post(const std::string& path, const std::string& body, const std::string& fields = "") {
  return "POST " + path + " HTTP/1.1\r\nHost: h\r\n" + fields + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

/// The refusal that the bytes are answered with: one JSON error, then the end of the connection.
int refusal_of(std::uint16_t port, const std::string& bytes) {
  RawClient client(port);
  client.send(bytes);
  const Answer answer = client.read();
  const json error = json::parse(answer.body);
  CHECK(error["error"].get<std::string>().size() > 10);
  CHECK(!error["reason"].get<std::string>().empty());
  CHECK(answer.headers.at("Connection") == "close");
  client.finish_sending();
  CHECK(client.at_end());
  return answer.status;
}

}  // namespace

TEST_CASE("a request is answered with length, type and date, and seen as from loopback") {
  Echo echo;
  RawClient client(echo.port());
  client.send(post("/v1/x%20y?z", "hello"));
  const Answer answer = client.read();
  CHECK(answer.status == 200);
  CHECK(answer.headers.at("Content-Type") == "application/json");
  CHECK(answer.headers.at("Date").ends_with(" GMT"));
  CHECK(answer.headers.count("Connection") == 0);
  CHECK(json::parse(answer.body) ==
        json{{"method", "POST"}, {"path", "/v1/x y"}, {"body", "hello"}, {"loopback", true}});
  const auto observed = echo.wait_for_observed(1);
  CHECK(std::get<0>(observed[0]) == "/echo");
  CHECK(std::get<1>(observed[0]) == 200);
  CHECK(std::get<2>(observed[0]) >= 0);
}

TEST_CASE("a connection serves many requests, also when every byte comes alone") {
  Echo echo;
  RawClient client(echo.port());
  for (int i = 0; i < 3; ++i) {
    const std::string text = "\r\n" + post("/slow", "body " + std::to_string(i));
    for (const char c : text) REQUIRE(client.send({&c, 1}));
    CHECK(json::parse(client.read().body)["body"] == "body " + std::to_string(i));
  }
}

TEST_CASE("pipelined requests are answered in order") {
  Echo echo;
  RawClient client(echo.port());
  std::string all;
  for (int i = 0; i < 200; ++i)
    all += i % 3 == 0 ? post("/p", std::to_string(i)) : "GET /g" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
  REQUIRE(client.send(all));
  for (int i = 0; i < 200; ++i) {
    const json seen = json::parse(client.read().body);
    if (i % 3 == 0) {
      CHECK(seen["body"] == std::to_string(i));
    } else {
      CHECK(seen["path"] == std::string("/g").append(std::to_string(i)));
    }
  }
}

TEST_CASE("a pipelined request waits for the slow one before it") {
  Echo echo;
  RawClient client(echo.port());
  client.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n" + get_a);
  echo.wait_for_later(1);
  CHECK(echo.handled() == 1);
  echo.answer_later("first");
  CHECK(client.read().body == "first");
  CHECK(json::parse(client.read().body)["path"] == "/a");
}

TEST_CASE("HEAD is answered with the length of the body and without the body") {
  Echo echo;
  RawClient client(echo.port());
  client.send("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n" + get_a);
  CHECK(std::stoi(client.read(false).headers.at("Content-Length")) > 10);
  CHECK(json::parse(client.read().body)["method"] == "GET");
}

TEST_CASE("HTTP/1.0 closes unless asked to stay") {
  Echo echo;
  RawClient client(echo.port());
  client.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  CHECK(client.read().headers.at("Connection") == "keep-alive");
  client.send("GET /a HTTP/1.0\r\n\r\n");
  CHECK(client.read().headers.at("Connection") == "close");
  CHECK(client.at_end());
}

TEST_CASE("Connection: close is honoured") {
  Echo echo;
  RawClient client(echo.port());
  client.send("GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n" + get_a);
  CHECK(client.read().headers.at("Connection") == "close");
  CHECK(client.at_end());
}

TEST_CASE("chunked bodies are put together, with extensions and trailers dropped, for every split") {
  Echo echo;
  RawClient client(echo.port());
  const std::string text =
      "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;ext=\"x\"\r\nhello\r\n0A\r\n, chunked!\r\n0\r\nTrailer: t\r\n\r\n";
  for (std::size_t portion : {std::size_t{1}, std::size_t{7}, text.size()}) {
    for (std::size_t at = 0; at < text.size(); at += portion) client.send(text.substr(at, portion));
    CHECK(json::parse(client.read().body)["body"] == "hello, chunked!");
  }
  client.send(text + get_a);
  CHECK(json::parse(client.read().body)["body"] == "hello, chunked!");
  CHECK(json::parse(client.read().body)["path"] == "/a");
}

TEST_CASE("damaged chunks are refused") {
  Echo echo;
  const std::string head = "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char* body : {"x\r\n", "-1\r\n", "5\nhello\n0\n\n", "5\r\nhelloX\r\n0\r\n\r\n", "\r\n", " 5\r\nhello\r\n",
                           "ffffffffffffffff\r\n", "0x5\r\nhello\r\n0\r\n\r\n"})
    CHECK_MESSAGE(refusal_of(echo.port(), head + body) >= 400, body);
  CHECK(echo.handled() == 0);
}

TEST_CASE("Expect: 100-continue is answered before the body, and a large body is refused before it is sent") {
  HttpOptions options;
  options.max_body = 100;
  Echo echo(options);
  RawClient client(echo.port());
  client.send("POST /e HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  CHECK(client.read().status == 100);
  client.send("hello");
  CHECK(json::parse(client.read().body)["body"] == "hello");
  CHECK(refusal_of(echo.port(), "POST /e HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\nExpect: 100-continue\r\n\r\n") ==
        413);
}

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

TEST_CASE("requests that could smuggle another are refused, and nothing after them is handled") {
  Echo echo;
  const std::string smuggled = "0\r\n\r\n" + get_a;
  const std::string line = "POST /s HTTP/1.1\r\n";
  for (const char* fields :
       {"Host: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Host: h\r\nTransfer-Encoding: xchunked\r\n",
        "Host: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Host: h\r\nTransfer-Encoding: gzip, chunked\r\n", "Host: h\r\nTransfer-Encoding : chunked\r\n",
        "Host: h\r\nTransfer-Encoding:\r\n chunked\r\n", "Host: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n",
        "Host: h\r\nContent-Length: 5\r\nContent-Length: 5\r\n", "Host: h\r\nContent-Length: 5, 5\r\n",
        "Host: h\r\nContent-Length: +5\r\n", "Host: h\r\nHost: g\r\nContent-Length: 5\r\n", "Content-Length: 5\r\n",
        "Host: h\nContent-Length: 5\r\n", "Host: h\r\nX: a\rContent-Length: 5\r\n",
        "Host: h\r\n\tContent-Length: 5\r\n"})
    CHECK_MESSAGE(refusal_of(echo.port(), line + fields + "\r\n" + smuggled) >= 400, fields);
  CHECK(refusal_of(echo.port(), "BREW /pot HTTP/1.1\r\nHost: h\r\n\r\n") == 501);
  CHECK(refusal_of(echo.port(), "\x16\x03\x01\x02") == 400);
  CHECK(echo.handled() == 0);
  CHECK(std::get<1>(echo.wait_for_observed(17)[0]) == 400);
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

TEST_CASE("an exception of a handler is a 500 and the connection goes on") {
  Echo echo;
  RawClient client(echo.port());
  client.send("GET /throw HTTP/1.1\r\nHost: h\r\n\r\n" + get_a);
  CHECK(client.read().status == 500);
  CHECK(client.read().status == 200);
}

TEST_CASE("connections beyond the limit are closed at once, and there is room again after one has ended") {
  HttpOptions options;
  options.max_connections = 2;
  Echo echo(options);
  RawClient first(echo.port());
  first.send(get_a);
  CHECK(first.read().status == 200);
  RawClient second(echo.port());
  second.send(get_a);
  CHECK(second.read().status == 200);
  RawClient third(echo.port());
  CHECK(third.at_end());
  first.send("GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  first.read();
  CHECK(first.at_end());
  bool served = false;
  for (int i = 0; i < 1000 && !served; ++i) {  // the server forgets the first one a moment after it is closed
    RawClient fourth(echo.port());
    served = fourth.send(get_a) && !fourth.at_end();
  }
  CHECK(served);
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

TEST_CASE("running out of file descriptors does not end the server or make it spin") {
  Echo echo;
  RawClient before(echo.port());
  before.send(get_a);
  before.read();
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
  before.send(get_a);
  CHECK(before.read().status == 200);
  std::promise<void> never;
  auto pause = never.get_future();
  pause.wait_for(300ms);
  CHECK(static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC < 0.15);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  CHECK(waiting.read().status == 200);
}

TEST_CASE("an address that cannot be used is named") {
  boost::asio::io_context io;
  const Handler handler = [](const Request&, Respond) {};
  for (const char* listen : {"", "8080", "localhost:", ":80", "127.0.0.1:99999", "192.0.2.1:80"}) {
    HttpOptions options;
    options.listen = listen;
    HttpServer server(io, options, handler, {});
    try {
      server.start();
      FAIL(std::string(listen));
    } catch (const std::runtime_error& error) {
      CHECK(std::string(error.what()).find("http.listen: ") == 0);
      CHECK(std::string(error.what()).find('"' + std::string(listen) + '"') != std::string::npos);
    }
  }
}
