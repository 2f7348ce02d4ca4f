#pragma once
// How far every stream has been read, and which HTTP requests have been answered.

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "core/sample_sink.hpp"

namespace altmind {

/// The stored part of an answer to a request with an Idempotency-Key.
struct KeyedReply {
  std::uint64_t body_hash = 0;
  std::uint64_t accepted = 0;
  std::uint64_t sequence = 0;

  bool operator==(const KeyedReply&) const = default;
};

/// Positions of streams and answers to keyed requests, of durable groups only. It is rebuilt from a
/// checkpoint's copy and the groups journalled since: record() in journal order is idempotent.
/// Bounded: the oldest keys are forgotten beyond max_keys, the least recently written streams beyond
/// max_streams. Thread-safe.
class Ledger {
 public:
  explicit Ledger(std::size_t max_keys = 100'000, std::size_t max_streams = 100'000);

  /// Enters a durable group. `samples`: its size; `last_sequence`: the journal number of its last sample.
  void record(const Origin& origin, std::uint64_t samples, std::uint64_t last_sequence);

  std::optional<std::string> position(std::string_view stream) const;
  std::optional<KeyedReply> reply(std::string_view key) const;
  std::map<std::string, std::string> positions() const;  ///< every stream, for the status page

  std::string to_json() const;              ///< for the checkpoint's metadata
  void from_json(const std::string& text);  ///< replaces the content; throws std::runtime_error on nonsense

 private:
  struct Position {
    std::string value;
    std::uint64_t written = 0;
  };
  mutable std::mutex mutex_;  ///< protects all below
  std::size_t max_keys_;
  std::size_t max_streams_;
  std::uint64_t clock_ = 0;  ///< counts records, orders streams by last write
  std::map<std::string, Position, std::less<>> positions_;
  std::map<std::uint64_t, std::string> by_age_;
  std::map<std::string, KeyedReply, std::less<>> replies_;
  std::deque<std::string> key_order_;
};

}  // namespace altmind
