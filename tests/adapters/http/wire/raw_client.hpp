#pragma once
// A client that sends exactly the given bytes and parses responses strictly.

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

namespace altmind::test {

struct Answer {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< names as sent
  std::string body;
};

class RawClient {
 public:
  struct Connected {
    int descriptor;
  };

  explicit RawClient(std::uint16_t port) : RawClient() { connect(port); }
  RawClient() : RawClient(Connected{::socket(AF_INET, SOCK_STREAM, 0)}) {}
  explicit RawClient(Connected socket) : fd_(socket.descriptor) {
    REQUIRE(fd_ >= 0);
    const timeval limit{20, 0};  // a hang fails the test
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  ~RawClient() { close(); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void connect(std::uint16_t port) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
  }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  void finish_sending() { ::shutdown(fd_, SHUT_WR); }

  /// False once the server has closed the connection.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  /// Reads one response; body_too = false after HEAD. Fails the test if the connection ends first.
  Answer read(bool body_too = true) {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) REQUIRE(more());
    std::string_view head = std::string_view(buffer_).substr(0, end + 2);
    REQUIRE(head.substr(0, 9) == "HTTP/1.1 ");
    Answer answer;
    answer.status = std::stoi(std::string(head.substr(9, 3)));
    head.remove_prefix(head.find("\r\n") + 2);
    while (!head.empty()) {
      const std::string_view line = head.substr(0, head.find("\r\n"));
      const std::size_t colon = line.find(": ");
      REQUIRE(colon != std::string_view::npos);
      CHECK(answer.headers.emplace(line.substr(0, colon), line.substr(colon + 2)).second);
      head.remove_prefix(line.size() + 2);
    }
    buffer_.erase(0, end + 4);
    if (answer.status == 100) return answer;
    const std::size_t length = std::stoul(answer.headers.at("Content-Length"));
    if (!body_too) return answer;
    while (buffer_.size() < length) REQUIRE(more());
    answer.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return answer;
  }

  /// The next `count` bytes as they are.
  std::string take(std::size_t count) {
    while (buffer_.size() < count) REQUIRE(more());
    std::string bytes = buffer_.substr(0, count);
    buffer_.erase(0, count);
    return bytes;
  }

  /// True if the server has closed and sent nothing more.
  bool at_end() { return buffer_.empty() && !more(); }

 private:
  bool more() {
    char bytes[65536];
    const ssize_t count = ::recv(fd_, bytes, sizeof bytes, 0);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) throw std::runtime_error("the server does not answer");
    if (count <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(count));
    return true;
  }

  int fd_;
  std::string buffer_;
};

}  // namespace altmind::test
