#include "adapters/http/wire/head.hpp"
#include "adapters/address.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "adapters/http/text.hpp"

namespace altmind::http {
namespace {

constexpr std::array<std::string_view, 8> known_methods = {"GET",    "HEAD",  "POST",    "PUT",
                                                           "DELETE", "PATCH", "OPTIONS", "TRACE"};

RejectedRequest reject(int status, std::string reason, std::string message) {
  return {status, std::move(reason), std::move(message)};
}

bool is_field_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

/// True for `name`, `1.2.3.4` or `[::1]`, with an optional colon and port: RFC 3986 section 3.2, without userinfo.
bool is_authority(std::string_view text) {
  const auto parts = adapters::split_host_port(text);
  if (!parts) return false;
  const std::string_view host = parts->host;
  const std::string_view marks = parts->bracketed ? "-._~!$&'()*+;=:%" : "-._~!$&'()*+;=%";
  const auto of_host = [&](char c) { return is_digit(c) || is_letter(c) || marks.find(c) != std::string_view::npos; };
  if (!std::all_of(host.begin(), host.end(), of_host)) return false;
  return !parts->port || std::all_of(parts->port->begin(), parts->port->end(), is_digit);
}

std::optional<std::string> percent_decoded(std::string_view text) {
  const auto digit = [](char c) {
    if (is_digit(c)) return c - '0';
    const char lower = to_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  };
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 1 < text.size() ? digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? digit(text[i + 2]) : -1;
    if (high < 0 || low < 0 || (high == 0 && low == 0)) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

/// Parses a target in origin form (`/path?query`) or absolute form (`http://host/path?query`).
std::optional<RejectedRequest> read_target(std::string_view target, Head& head) {
  const auto bad = [&] { return reject(400, "bad_target", with_value("request target: not a path: ", target)); };
  const bool visible = std::all_of(target.begin(), target.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte < 0x7f && byte != '#';
  });
  if (target.empty() || !visible) return bad();
  const bool absolute = lower_case(target.substr(0, 7)) == "http://";
  if (absolute) {
    const std::size_t slash = target.find_first_of("/?", 7);
    const std::string_view authority = target.substr(7, slash == std::string_view::npos ? slash : slash - 7);
    if (authority.empty() || authority.front() == ':' || !is_authority(authority)) return bad();
    head.authority = authority;
    target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
  }
  if (target == "*" && head.method == "OPTIONS") {
    head.path = target;
    return std::nullopt;
  }
  const std::size_t mark = target.find('?');
  if (target.front() != '/' && !(absolute && mark == 0)) return bad();
  std::optional<std::string> path = percent_decoded(target.substr(0, mark));
  if (!path) return bad();
  head.path = path->empty() ? std::string(1, '/') : std::move(*path);
  if (mark != std::string_view::npos) head.query = target.substr(mark + 1);
  return std::nullopt;
}

std::optional<RejectedRequest> read_request_line(std::string_view line, Head& head) {
  const std::size_t first = line.find(' ');
  const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  const auto bad = [&] {
    return reject(400, "bad_request_line", with_value("request line: expected `METHOD /path HTTP/1.1`, got: ", line));
  };
  if (second == std::string_view::npos) return bad();
  const std::string_view method = line.substr(0, first);
  const std::string_view version = line.substr(second + 1);
  if (!is_token(method)) return bad();
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    const bool well_formed = version.size() == 8 && version.substr(0, 5) == "HTTP/" && is_digit(version[5]) &&
                             version[6] == '.' && is_digit(version[7]);
    if (!well_formed) return bad();
    return reject(505, "http_version_not_supported", with_value("HTTP version: 1.0 or 1.1, got ", version));
  }
  head.minor = version.back() - '0';
  head.method = method;
  if (std::find(known_methods.begin(), known_methods.end(), method) == known_methods.end())
    return reject(501, "method_not_implemented", with_value("method not implemented: ", method));
  return read_target(line.substr(first + 1, second - first - 1), head);
}

std::optional<RejectedRequest> read_field(std::string_view line, Head& head) {
  if (line.front() == ' ' || line.front() == '\t')
    return reject(400, "folded_header", "a header field must not go on in the next line");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
    return reject(400, "bad_header", with_value("header field: expected `Name: value`, got: ", line));
  const std::string name = lower_case(line.substr(0, colon));
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (!is_field_value(value)) return reject(400, "bad_header", "header field " + name + ": control character");
  const auto [at, fresh] = head.headers.try_emplace(name, value);
  if (fresh) return std::nullopt;
  if (name == "host" || name == "content-length" || name == "transfer-encoding")
    return reject(400, "repeated_header", "header field " + name + ": must not be repeated");
  at->second.append(", ").append(value);
  return std::nullopt;
}

bool has_token(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (lower_case(trimmed(list.substr(0, comma))) == token) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

/// Evaluates the fields that determine the length of the body and whether the connection persists.
std::optional<RejectedRequest> read_framing(Head& head) {
  const auto end = head.headers.end();
  const auto host = head.headers.find("host");
  if (host == end && head.minor == 1) return reject(400, "host_missing", "HTTP/1.1 requires a Host header field");
  if (host != end && !is_authority(host->second))
    return reject(400, "bad_host", with_value("Host: not a host: ", host->second));
  if (!head.authority.empty()) head.headers["host"] = head.authority;  // RFC 9112 section 3.2.2

  const auto length = head.headers.find("content-length");
  const auto encoding = head.headers.find("transfer-encoding");
  if (encoding != end) {
    if (length != end)
      return reject(400, "ambiguous_length", "Transfer-Encoding and Content-Length must not be together");
    if (head.minor == 0) return reject(400, "bad_transfer_encoding", "Transfer-Encoding: not in HTTP/1.0");
    if (lower_case(encoding->second) != "chunked")
      return reject(501, "bad_transfer_encoding",
                    with_value("Transfer-Encoding: only `chunked`, once, got: ", encoding->second));
    head.chunked = true;
  }
  if (length != end) {
    const std::string& text = length->second;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), head.content_length);
    if (text.empty() || !is_digit(text.front()) || error != std::errc() || rest != text.data() + text.size())
      return reject(400, "bad_content_length", with_value("Content-Length: expected a number, got: ", text));
  }

  const auto connection = head.headers.find("connection");
  const std::string_view tokens = connection == end ? std::string_view{} : connection->second;
  head.keep_alive = !has_token(tokens, "close") && (head.minor == 1 || has_token(tokens, "keep-alive"));

  if (const auto expect = head.headers.find("expect"); expect != end && head.minor == 1) {
    if (lower_case(expect->second) != "100-continue")
      return reject(417, "bad_expectation", with_value("Expect: only `100-continue`, got: ", expect->second));
    head.expects_continue = head.chunked || head.content_length > 0;
  }
  return std::nullopt;
}

}  // namespace

HeadScanner::State HeadScanner::scan(std::string_view buffer) {
  // A request begins with a method; reject anything else (such as a TLS ClientHello) without waiting for more.
  if (!buffer.empty() && !is_letter(buffer.front())) return State::not_http;
  while (seen_ < buffer.size()) {
    const char c = buffer[seen_++];
    if (c == '\0') return State::not_http;
    const bool after_return = seen_ >= 2 && buffer[seen_ - 2] == '\r';
    if (c != '\n') {
      if (after_return) return State::bad_line_end;
      continue;
    }
    if (!after_return) return State::bad_line_end;
    if (seen_ - line_start_ == 2) return State::complete;
    line_start_ = seen_;
  }
  return State::more;
}

boost::system::result<Head, RejectedRequest> parse_head(std::string_view text) {
  Head head;
  bool request_line = true;
  while (true) {
    const std::size_t end = text.find("\r\n");
    if (end == std::string_view::npos) return reject(400, "bad_request", "the head of the request has no end");
    const std::string_view line = text.substr(0, end);
    if (line.empty() && !request_line) break;
    if (std::optional<RejectedRequest> rejected = request_line ? read_request_line(line, head) : read_field(line, head))
      return *rejected;
    request_line = false;
    text.remove_prefix(end + 2);
  }
  if (std::optional<RejectedRequest> rejected = read_framing(head)) return *rejected;
  return head;
}

}  // namespace altmind::http
