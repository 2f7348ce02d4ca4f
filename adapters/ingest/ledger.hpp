#pragma once
// How far every stream has been read, and which HTTP requests have been answered.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/samples/sample_sink.hpp"

namespace altmind::ingest {

/// The stored part of an answer to a request with an Idempotency-Key.
struct KeyedReply {
  std::uint64_t body_hash = 0;
  std::uint64_t accepted = 0;
  std::uint64_t sequence = 0;

  bool operator==(const KeyedReply&) const = default;
};

/// Positions of streams and answers to keyed requests, of durable groups only. It is rebuilt from a
/// checkpoint's copy and the groups journalled since: record() in journal order is idempotent.
/// A file's and a generator's stream is one a source, named by the operator: it is never forgotten. What clients name
/// is bounded: the oldest keys are forgotten beyond max_keys, and of each tcp source (streams "tcp:SOURCE:ID") the
/// least recently written beyond max_streams. Thread-safe.
class Ledger {
 public:
  explicit Ledger(std::size_t max_keys = 100'000, std::size_t max_streams = 100'000);

  /// How many were forgotten since construction: idempotency keys, and streams by the source's prefix ("tcp:SOURCE:").
  struct Forgotten {
    std::uint64_t keys = 0;
    std::map<std::string, std::uint64_t> streams;
  };

  /// Enters a durable group. `samples`: its size; `last_sequence`: the journal number of its last sample.
  void record(const Origin& origin, std::uint64_t samples, std::uint64_t last_sequence);

  std::optional<std::string> position(std::string_view stream) const;
  std::optional<KeyedReply> reply(std::string_view key) const;
  std::map<std::string, std::string> positions() const;  ///< every stream, for the status page
  Forgotten forgotten() const;

  std::string to_json() const;              ///< for the checkpoint's metadata
  void from_json(const std::string& text);  ///< replaces the content; throws std::runtime_error on nonsense

 private:
  /// A map of bounded size that forgets what was put longest ago.
  template <typename Value>
  class Recent {
   public:
    explicit Recent(std::size_t capacity) : capacity_(capacity) {}

    /// True if something had to be forgotten for it.
    bool put(const std::string& name, Value value) {
      const auto [at, fresh] = entries_.try_emplace(name);
      if (!fresh) by_age_.erase(at->second.put_at);
      at->second = {std::move(value), ++clock_};
      by_age_.emplace(clock_, at);
      if (entries_.size() <= capacity_) return false;
      entries_.erase(by_age_.begin()->second);
      by_age_.erase(by_age_.begin());
      return true;
    }
    std::optional<Value> find(std::string_view name) const {
      const auto at = entries_.find(name);
      return at == entries_.end() ? std::nullopt : std::optional(at->second.value);
    }
    /// Oldest first.
    template <typename Visit>
    void visit(const Visit& visit) const {
      for (const auto& [age, at] : by_age_) visit(at->first, at->second.value);
    }

   private:
    struct Entry {
      Value value;
      std::uint64_t put_at = 0;
    };
    using Entries = std::map<std::string, Entry, std::less<>>;

    std::size_t capacity_;
    std::uint64_t clock_ = 0;
    Entries entries_;
    std::map<std::uint64_t, typename Entries::iterator> by_age_;
  };

  /// Of the streams of one tcp source.
  struct Clients {
    Recent<std::string> positions;
    std::uint64_t forgotten = 0;
  };
  struct Content {
    std::map<std::string, std::string, std::less<>> own;  ///< positions of streams that operators named
    std::map<std::string, Clients, std::less<>> clients;  ///< by the source's prefix
    Recent<KeyedReply> replies;
    std::uint64_t forgotten_keys = 0;
  };
  void put(Content& content, const std::string& stream, const std::string& position) const;
  template <typename Visit>
  void visit_positions(const Visit& visit) const;  ///< those of each source oldest first

  const std::size_t max_keys_;
  const std::size_t max_streams_;
  mutable std::mutex mutex_;  ///< protects all below
  Content content_;
};

}  // namespace altmind::ingest
