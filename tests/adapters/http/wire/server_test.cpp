#include "adapters/http/wire/server.hpp"

#include <doctest/doctest.h>

#include "tests/adapters/http/wire/echo_server.hpp"

using namespace altmind;
using namespace altmind::http;
using namespace altmind::test;

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

TEST_CASE("an exception of a handler is a 500 and the connection goes on") {
  Echo echo;
  RawClient client(echo.port());
  client.send("GET /throw HTTP/1.1\r\nHost: h\r\n\r\n" + get_a);
  CHECK(client.read().status == 500);
  CHECK(client.read().status == 200);
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
