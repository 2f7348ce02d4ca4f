#include "tests/e2e/support/http_client.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>

namespace altmind::e2e {

namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

HttpReply parse_head(const std::string& head) {
  HttpReply reply;
  std::istringstream lines(head);
  std::string version;
  lines >> version >> reply.status;
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos) reply.headers[lower(line.substr(0, colon))] = line.substr(colon + 2);
  }
  return reply;
}

}  // namespace

std::optional<HttpReply> HttpClient::request(std::string_view method, std::string_view path, std::string_view body,
                                             const std::map<std::string, std::string>& headers) {
  if (!socket_ || !socket_->connected()) socket_.emplace(port_);
  std::ostringstream text;
  text << method << ' ' << path << " HTTP/1.1\r\nHost: 127.0.0.1:" << port_ << "\r\n";
  const bool typed = headers.contains("Content-Type");
  if (method == "POST") {
    text << "Content-Length: " << body.size() << "\r\n";
    if (!typed) text << "Content-Type: application/json\r\n";
  }
  for (const auto& [name, value] : headers) text << name << ": " << value << "\r\n";
  text << "\r\n" << body;
  if (!socket_->send(text.str())) return std::nullopt;
  const auto head = socket_->read_until("\r\n\r\n");
  if (!head) return std::nullopt;
  HttpReply reply = parse_head(*head);
  const auto length = reply.headers.find("content-length");
  if (length != reply.headers.end()) {
    auto content = socket_->read_exactly(std::stoul(length->second));
    if (!content) return std::nullopt;
    reply.body = std::move(*content);
  }
  const auto connection = reply.headers.find("connection");
  if (connection != reply.headers.end() && lower(connection->second) == "close") socket_->close();
  return reply;
}

}  // namespace altmind::e2e
