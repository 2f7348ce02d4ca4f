#pragma once
// The line protocol of a tcp source, from the client's side.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "tests/e2e/support/socket.hpp"

namespace altmind::e2e {

/// For one thread; one connection.
class LineClient {
 public:
  explicit LineClient(std::uint16_t port) : socket_(port) {}

  bool send(std::string_view lines) { return socket_.send(lines); }
  /// Returns the next reply; nothing if the connection has ended.
  std::optional<nlohmann::json> reply() {
    const auto line = socket_.read_until("\n");
    return line ? std::optional(nlohmann::json::parse(*line)) : std::nullopt;
  }
  /// Opens a stream; returns the number of the next line to send.
  std::optional<std::uint64_t> open(const std::string& stream) {
    if (!send(nlohmann::json{{"stream", stream}}.dump() + "\n")) return std::nullopt;
    const auto answer = reply();
    return answer ? std::optional(answer->at("next").get<std::uint64_t>()) : std::nullopt;
  }
  /// Reads replies until `line` is durable; false if the connection ends first.
  bool wait_through(std::uint64_t line) {
    while (through_ < line) {
      const auto answer = reply();
      if (!answer) return false;
      if (answer->contains("through_line")) through_ = answer->at("through_line").get<std::uint64_t>();
    }
    return true;
  }
  std::uint64_t through() const { return through_; }

 private:
  Socket socket_;
  std::uint64_t through_ = 0;
};

}  // namespace altmind::e2e
