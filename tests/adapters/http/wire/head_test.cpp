#include "adapters/http/wire/head.hpp"

#include <doctest/doctest.h>

using namespace altmind;
using namespace altmind::http;

namespace {

/// Returns the error status for a head; 0 if it is accepted.
int refused(const std::string& text) {
  const auto head = parse_head(text);
  return head.has_error() ? head.error().status : 0;
}

std::string get(const std::string& fields) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}
std::string post(const std::string& fields) {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

}  // namespace

TEST_CASE("a head is read into its parts") {
  const auto head = parse_head(
      "POST /v2/models/a%20b/infer?x=%41&y HTTP/1.1\r\nHost: h:80\r\nX-One:  1\t\r\nx-one: 2\r\n"
      "Content-Length: 12\r\nExpect: 100-Continue\r\n\r\n");
  REQUIRE(!head.has_error());
  CHECK(head->method == "POST");
  CHECK(head->path == "/v2/models/a b/infer");
  CHECK(head->query == "x=%41&y");
  CHECK(head->headers.at("x-one") == "1, 2");
  CHECK(head->content_length == 12);
  CHECK(head->expects_continue);
  CHECK(head->keep_alive);
  CHECK(!head->chunked);
}

TEST_CASE("the life of a connection follows version and Connection") {
  CHECK(parse_head(get(""))->keep_alive);
  CHECK(!parse_head(get("Connection: foo, Close\r\n"))->keep_alive);
  CHECK(!parse_head("GET / HTTP/1.0\r\n\r\n")->keep_alive);
  CHECK(parse_head("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")->keep_alive);
}

TEST_CASE("targets are paths or absolute http URLs") {
  CHECK(parse_head("GET http://host:8080/a?b HTTP/1.1\r\nHost: a\r\n\r\n")->path == "/a");
  CHECK(parse_head("GET http://host HTTP/1.1\r\nHost: a\r\n\r\n")->path == "/");
  CHECK(parse_head("GET HTTP://host?q HTTP/1.1\r\nHost: a\r\n\r\n")->query == "q");
  CHECK(parse_head("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")->path == "*");
  for (const char* target : {"http://host:x/", "http://:80/", "http://u@host/", "http://[::1/", "", "*", "a",
                             "https://host/", "http:///x", "/%", "/%4", "/%zz", "/%00", "/a#b", "/\x80", "/a\tb"})
    CHECK_MESSAGE(refused("GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n\r\n") == 400, target);
}

TEST_CASE("the authority of an absolute target counts, whatever Host says") {
  for (const char* version : {"HTTP/1.1\r\nHost: other:80\r\n", "HTTP/1.0\r\n"})
    CHECK(parse_head("GET http://h:8080/a " + std::string(version) + "\r\n")->headers.at("host") == "h:8080");
  CHECK(refused("GET http://h/a HTTP/1.1\r\n\r\n") == 400);
  CHECK(refused("GET http://h/a HTTP/1.1\r\nHost: a b\r\n\r\n") == 400);
  CHECK(parse_head("GET /http://h/a HTTP/1.1\r\nHost: a\r\n\r\n")->headers.at("host") == "a");
}

TEST_CASE("request lines that are not one are refused") {
  for (const char* line : {"", " ", "GET", "GET /", "GET  / HTTP/1.1", "GET / HTTP/1.1 ", "GET / http/1.1",
                           "GET / HTTP/11", "G ET / HTTP/1.1", "G(T / HTTP/1.1", " GET / HTTP/1.1", "GET / / HTTP/1.1"})
    CHECK_MESSAGE(refused(std::string(line) + "\r\nHost: a\r\n\r\n") == 400, line);
  CHECK(refused("GET / HTTP/2.0\r\nHost: a\r\n\r\n") == 505);
  CHECK(refused("GET / HTTP/1.2\r\nHost: a\r\n\r\n") == 505);
  CHECK(refused("BREW / HTTP/1.1\r\nHost: a\r\n\r\n") == 501);
  CHECK(refused("get / HTTP/1.1\r\nHost: a\r\n\r\n") == 501);
  CHECK(refused("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n") == 501);
}

TEST_CASE("header fields that two servers could read differently are refused") {
  CHECK(refused(get("")) == 0);
  CHECK(refused(get("Name : x\r\n")) == 400);
  CHECK(refused(get(" folded: x\r\n")) == 400);
  CHECK(refused(get("A: x\r\n  more\r\n")) == 400);
  CHECK(refused(get("A: x\r\n\tmore\r\n")) == 400);
  CHECK(refused(get("no colon\r\n")) == 400);
  CHECK(refused(get(": empty\r\n")) == 400);
  CHECK(refused(get(std::string("A: x\0y\r\n", 8))) == 400);
  CHECK(refused(get("A: x\x7f\r\n")) == 400);
  CHECK(refused(get("A\x0b: x\r\n")) == 400);
  CHECK(refused(get("A: \xc3\xa9\r\n")) == 0);
}

TEST_CASE("HTTP/1.1 has exactly one Host") {
  CHECK(refused("GET / HTTP/1.1\r\n\r\n") == 400);
  CHECK(refused(get("Host: a\r\n")) == 400);
  CHECK(refused("GET / HTTP/1.1\r\nHost: a b\r\n\r\n") == 400);
  CHECK(refused("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n") == 400);
  CHECK(refused("GET / HTTP/1.1\r\nHost: a,b\r\n\r\n") == 400);
  for (const char* good : {"[::1]:80", "[::1]", "a:", "a.b:80", "1.2.3.4:1", ""})
    CHECK_MESSAGE(refused("GET / HTTP/1.1\r\nHost: " + std::string(good) + "\r\n\r\n") == 0, good);
  for (const char* bad :
       {"a:x", "a:80x", "a:-1", "a:80:80", "::1", "[::1", "[::1]80", "[::1]:x", "a]", "[a[b]", "a:+8"})
    CHECK_MESSAGE(refused("GET / HTTP/1.1\r\nHost: " + std::string(bad) + "\r\n\r\n") == 400, bad);
  CHECK(refused("GET / HTTP/1.0\r\n\r\n") == 0);
}

TEST_CASE("the length of a body has one meaning or the request is refused") {
  CHECK(parse_head(post("Content-Length: 0\r\n"))->content_length == 0);
  CHECK(parse_head(post("Content-Length: 0012\r\n"))->content_length == 12);
  CHECK(parse_head(post("Transfer-Encoding: Chunked\r\n"))->chunked);
  for (const char* value : {"", "-1", "+1", "1x", "0x10", "1, 1", "1 1", "1.0", "99999999999999999999999", "\xd9\xa1"})
    CHECK_MESSAGE(refused(post("Content-Length: " + std::string(value) + "\r\n")) == 400, value);
  CHECK(refused(post("Content-Length: 5\r\nContent-Length: 5\r\n")) == 400);
  CHECK(refused(post("Content-Length: 5\r\nContent-Length: 6\r\n")) == 400);
  CHECK(refused(post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")) == 400);
  CHECK(refused(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")) == 400);
  for (const char* value : {"", "gzip", "gzip, chunked", "chunked, chunked", "xchunked", "chunked;q=1", "identity",
                            "\x0b"
                            "chunked"})
    CHECK_MESSAGE(refused(post("Transfer-Encoding: " + std::string(value) + "\r\n")) >= 400, value);
  CHECK(refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
  CHECK(refused(post("Expect: 200-ok\r\n")) == 417);
}

TEST_CASE("the scanner finds the same end for every split of the bytes") {
  const std::string head = get("A: b\r\nC: d\r\n");
  const std::string text = head + "body\r\n\r\n";
  for (std::size_t portion = 1; portion <= text.size(); ++portion) {
    HeadScanner scanner;
    std::string buffer;
    HeadScanner::State state = HeadScanner::State::more;
    for (std::size_t at = 0; at < text.size() && state == HeadScanner::State::more; at += portion)
      state = scanner.scan(buffer += text.substr(at, portion));
    CHECK(state == HeadScanner::State::complete);
    CHECK(scanner.size() == head.size());
  }
}

TEST_CASE("the scanner refuses line ends and bytes that no HTTP client sends") {
  const auto state = [](std::string_view text) { return HeadScanner().scan(text); };
  CHECK(state("GET / HTTP/1.1\nHost: a\n\n") == HeadScanner::State::bad_line_end);
  CHECK(state("GET / HTTP/1.1\r\nHost: a\n\r\n") == HeadScanner::State::bad_line_end);
  CHECK(state("GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n") == HeadScanner::State::bad_line_end);
  CHECK(state(std::string_view("GET /\0", 6)) == HeadScanner::State::not_http);
  CHECK(state("\x16\x03\x01") == HeadScanner::State::not_http);
  CHECK(state("GET / HTTP/1.1\r\n") == HeadScanner::State::more);
}
