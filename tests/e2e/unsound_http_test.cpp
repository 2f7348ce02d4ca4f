// Malformed HTTP against the program: every row of docs/http.md's table, one after the other and many times.

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/e2e/support/daemon.hpp"
#include "tests/e2e/support/samples.hpp"
#include "tests/support/scratch_directory.hpp"

namespace altmind::e2e {

namespace {

using nlohmann::json;

struct Unsound {
  std::string bytes;
  int status;
  std::string reason;
};

const std::string host = "Host: localhost\r\n";

std::string get(const std::string& fields) {
  return "GET /livez HTTP/1.1\r\n" + host + fields + "\r\n";
}

std::string ingest(const std::string& fields, const std::string& body = "") {
  return "POST /v1/ingest HTTP/1.1\r\n" + host + fields + "\r\n" + body;
}

std::string chunked(const std::string& body) {
  return ingest("Transfer-Encoding: chunked\r\n", body);
}

/// Returns the rows of the table in order; the reasons of 408 need the short timeouts of the test's daemon.
std::vector<Unsound> rows() {
  return {
      {"\x16\x03\x01\x02", 400, "bad_request"},
      {std::string("GET /\0 HTTP/1.1\r\n", 17), 400, "bad_request"},
      {"GET\r\n\r\n", 400, "bad_request_line"},
      {"GET /livez\r\n\r\n", 400, "bad_request_line"},
      {"GET  /livez HTTP/1.1\r\n" + host + "\r\n", 400, "bad_request_line"},
      {"GET /livez HTTP/1.1 \r\n" + host + "\r\n", 400, "bad_request_line"},
      {"GET livez HTTP/1.1\r\n" + host + "\r\n", 400, "bad_target"},
      {"GET /a#b HTTP/1.1\r\n" + host + "\r\n", 400, "bad_target"},
      {"GET /%zz HTTP/1.1\r\n" + host + "\r\n", 400, "bad_target"},
      {"GET /%00 HTTP/1.1\r\n" + host + "\r\n", 400, "bad_target"},
      {"GET https://a/ HTTP/1.1\r\n" + host + "\r\n", 400, "bad_target"},
      {"GET http://a:b/ HTTP/1.1\r\n" + host + "\r\n", 400, "bad_target"},
      {"GET /livez HTTP/1.1\nHost: a\n\n", 400, "bad_line_end"},
      {"GET /livez HTTP/1.1\r\nHost: a\n\r\n", 400, "bad_line_end"},
      {"GET /livez HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", 400, "bad_line_end"},
      {get("X : y\r\n"), 400, "bad_header"},
      {get("no colon\r\n"), 400, "bad_header"},
      {get(": nameless\r\n"), 400, "bad_header"},
      {get("X: a\x01\r\n"), 400, "bad_header"},
      {get("X: a\r\n b\r\n"), 400, "folded_header"},
      {"GET /livez HTTP/1.1\r\n\r\n", 400, "host_missing"},
      {"GET /livez HTTP/1.1\r\nHost: a b\r\n\r\n", 400, "bad_host"},
      {"GET /livez HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, "bad_host"},
      {"GET /livez HTTP/1.1\r\nHost: localhost:abc\r\n\r\n", 400, "bad_host"},
      {get("Host: localhost\r\n"), 400, "repeated_header"},
      {ingest("Content-Length: 2\r\nContent-Length: 2\r\n", "{}"), 400, "repeated_header"},
      {ingest("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400, "repeated_header"},
      {ingest("Content-Length: -1\r\n"), 400, "bad_content_length"},
      {ingest("Content-Length: +1\r\n", "1"), 400, "bad_content_length"},
      {ingest("Content-Length: 0x1\r\n", "1"), 400, "bad_content_length"},
      {ingest("Content-Length: 1, 1\r\n", "1"), 400, "bad_content_length"},
      {ingest("Content-Length: 1.0\r\n", "1"), 400, "bad_content_length"},
      {ingest("Content-Length:\r\n"), 400, "bad_content_length"},
      {ingest("Content-Length: 99999999999999999999999\r\n"), 400, "bad_content_length"},
      {ingest("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400, "ambiguous_length"},
      {"POST /v1/ingest HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "bad_transfer_encoding"},
      {chunked("zz\r\n"), 400, "bad_chunk"},
      {chunked("-1\r\n"), 400, "bad_chunk"},
      {chunked("0x1\r\na\r\n0\r\n\r\n"), 400, "bad_chunk"},
      {chunked("1\nx\n0\n\n"), 400, "bad_chunk"},
      {chunked("1\r\nxy\r\n0\r\n\r\n"), 400, "bad_chunk"},
      {chunked("0\r\nno colon\r\n\r\n"), 400, "bad_chunk"},
      {chunked("ffffffffffffffff1\r\n"), 400, "bad_chunk"},
      {"GET /livez HTTP/1.1\r\nHost: a\r\n", 408, "header_timeout"},
      {ingest("Content-Length: 10\r\n", "{"), 408, "body_timeout"},
      {chunked("5\r\nab"), 408, "body_timeout"},
      {ingest("Content-Length: 99999999999\r\n"), 413, "body_too_large"},
      {chunked("FFFFFF\r\n" + std::string(70'000, 'x')), 413, "body_too_large"},
      {ingest("Content-Length: 2\r\nExpect: x\r\n"), 417, "bad_expectation"},
      {get("X: " + std::string(20'000, 'a') + "\r\n"), 431, "header_too_large"},
      {"GET /" + std::string(20'000, 'a'), 431, "header_too_large"},
      {chunked("1;" + std::string(20'000, 'e')), 431, "header_too_large"},
      {chunked("0\r\nT: " + std::string(20'000, 't')), 431, "header_too_large"},
      {"BREW /livez HTTP/1.1\r\n" + host + "\r\n", 501, "method_not_implemented"},
      {"CONNECT a:80 HTTP/1.1\r\n" + host + "\r\n", 501, "method_not_implemented"},
      {ingest("Transfer-Encoding: gzip\r\n"), 501, "bad_transfer_encoding"},
      {ingest("Transfer-Encoding: chunked, gzip\r\n"), 501, "bad_transfer_encoding"},
      {ingest("Transfer-Encoding: xchunked\r\n"), 501, "bad_transfer_encoding"},
      {"GET / HTTP/3.0\r\n" + host + "\r\n", 505, "http_version_not_supported"},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "http_version_not_supported"},
  };
}

Setup small_limits(const ScratchDirectory& scratch) {
  Setup setup;
  setup.directory = scratch / "data";
  setup.http =
      "header_timeout = \"300ms\"\nbody_timeout = \"300ms\"\nmax_body = \"64KiB\"\n"
      "max_connections = 100";
  return setup;
}

/// Sends the bytes on a new connection; CHECKs status, reason and end of the response.
void check_refused(std::uint16_t port, const Unsound& row) {
  Socket socket(port);
  socket.send(row.bytes);
  const auto head = socket.read_until("\r\n\r\n");
  REQUIRE_MESSAGE(head, row.bytes.substr(0, 80));
  CHECK_MESSAGE(head->starts_with("HTTP/1.1 " + std::to_string(row.status) + " "), row.bytes.substr(0, 80) << *head);
  CHECK(head->find("\r\nConnection: close") != std::string::npos);
  CHECK(head->find("\r\nX-Content-Type-Options: nosniff") != std::string::npos);
  const auto body = socket.read_until("\n");
  REQUIRE(body);
  CHECK_MESSAGE(json::parse(*body).at("reason") == row.reason, row.bytes.substr(0, 80));
  socket.close();
}

void check_well(Daemon& daemon) {
  const auto ready = daemon.http().get("/readyz");
  REQUIRE(ready);
  CHECK(ready->status == 200);
}

}  // namespace

TEST_CASE("every request that is not sound HTTP is answered as docs/http.md says, and costs nobody else anything") {
  const ScratchDirectory scratch;
  Daemon daemon(scratch.write("altmind.toml", small_limits(scratch).toml()));
  HttpClient other = daemon.http();  // keeps its connection throughout
  for (const Unsound& row : rows()) {
    check_refused(daemon.http_port(), row);
    const auto alive = other.get("/livez");
    REQUIRE_MESSAGE(alive, row.bytes.substr(0, 80));
    CHECK(alive->status == 200);
  }
  // None of the bodies was learned.
  CHECK(daemon.model().at("samples") == 0);
  CHECK(daemon.http().post("/v1/ingest", sample_line(1, 0, 20))->status == 200);
  CHECK(daemon.stop() == exited(0));
}

TEST_CASE("bodies of all connections that are together too large are answered 503") {
  const ScratchDirectory scratch;
  Setup setup = small_limits(scratch);
  setup.http = "max_body = \"1KiB\"";
  Daemon daemon(scratch.write("altmind.toml", setup.toml()));
  std::vector<Socket> senders;
  const std::string most(1023, ' ');
  for (int i = 0; i < 18; ++i) {
    senders.emplace_back(daemon.http_port());
    senders.back().send(ingest("Content-Length: 1024\r\n", most));
  }
  // The last to arrive found no room: the others wait for their last byte.
  bool refused = false;
  for (std::size_t i = senders.size(); i-- > 0 && !refused;) {
    Socket& socket = senders[i];
    socket.send("{");
    const auto head = socket.read_until("\r\n\r\n");
    refused = head && head->starts_with("HTTP/1.1 503");
    if (refused) CHECK(head->find("Retry-After: 1") != std::string::npos);
  }
  CHECK(refused);
  senders.clear();
  check_well(daemon);
  CHECK(daemon.stop() == exited(0));
}

TEST_CASE("thirty rounds of thirteen kinds leave the daemon as it was") {
  const ScratchDirectory scratch;
  Daemon daemon(scratch.write("altmind.toml", small_limits(scratch).toml()));
  std::vector<Unsound> kinds;
  for (const Unsound& row : rows())
    if (row.status != 408 && (kinds.empty() || kinds.back().reason != row.reason)) kinds.push_back(row);
  REQUIRE(kinds.size() >= 13);
  for (int round = 0; round < 30; ++round)
    for (const Unsound& row : kinds) check_refused(daemon.http_port(), row);
  check_well(daemon);
  CHECK(daemon.stop() == exited(0));
}

}  // namespace altmind::e2e
