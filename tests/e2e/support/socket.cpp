#include "tests/e2e/support/socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace altmind::e2e {

Socket::Socket(std::uint16_t port, std::chrono::seconds timeout) {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return;
  const timeval limit{static_cast<time_t>(timeout.count()), 0};
  const int on = 1;
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) close();
  // If nothing listens there any more, a socket that was assigned the same port connects to itself.
  sockaddr_in own{};
  socklen_t size = sizeof own;
  if (fd_ >= 0 && ::getsockname(fd_, reinterpret_cast<sockaddr*>(&own), &size) == 0 && own.sin_port == address.sin_port)
    close();
}

Socket::Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)), buffer_(std::move(other.buffer_)) {}

Socket& Socket::operator=(Socket&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(buffer_, other.buffer_);
  return *this;
}

bool Socket::send(std::string_view bytes) {
  while (!bytes.empty() && fd_ >= 0) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      close();
    } else {
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  return fd_ >= 0;
}

bool Socket::receive() {
  std::array<char, 1 << 14> block{};
  for (;;) {
    if (fd_ < 0) return false;
    const ssize_t n = ::recv(fd_, block.data(), block.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      close();
      return false;
    }
    buffer_.append(block.data(), static_cast<std::size_t>(n));
    return true;
  }
}

std::optional<std::string> Socket::read_until(std::string_view end) {
  std::size_t at = buffer_.find(end);
  while (at == std::string::npos) {
    if (!receive()) return std::nullopt;
    at = buffer_.find(end);
  }
  std::string text = buffer_.substr(0, at);
  buffer_.erase(0, at + end.size());
  return text;
}

std::optional<std::string> Socket::read_exactly(std::size_t size) {
  while (buffer_.size() < size) {
    if (!receive()) return std::nullopt;
  }
  std::string text = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return text;
}

void Socket::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

}  // namespace altmind::e2e
