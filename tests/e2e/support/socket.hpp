#pragma once
// A blocking TCP client socket on loopback.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tests/e2e/support/patience.hpp"

namespace altmind::e2e {

/// Every call ends within the timeout. After a failure the socket is closed and stays closed.
class Socket {
 public:
  explicit Socket(std::uint16_t port, std::chrono::seconds timeout = patience);
  ~Socket() { close(); }
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;

  bool connected() const { return fd_ >= 0; }
  bool send(std::string_view bytes);
  /// Reads up to `end` (excluded). Returns nothing if the connection ends first.
  std::optional<std::string> read_until(std::string_view end);
  std::optional<std::string> read_exactly(std::size_t size);
  void close();

 private:
  bool receive();

  int fd_ = -1;
  std::string buffer_;
};

}  // namespace altmind::e2e
