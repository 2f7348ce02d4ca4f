#pragma once

#include <chrono>
#include <cstddef>

#include "adapters/sources/tcp/session.hpp"

namespace altmind::tcp {

/// Bounds of a TCP source.
struct TcpLimits {
  std::size_t connections = 1024;     ///< beyond this, new connections are closed at once
  std::size_t read_bytes = 64 << 10;  ///< of one read, and thus about of one group
  SessionLimits session;
  std::chrono::milliseconds drain{2000};    ///< from stop() to the end of the last connection
  std::chrono::milliseconds flush{30'000};  ///< how long a client that has sent everything may leave a reply unread
};

}  // namespace altmind::tcp
