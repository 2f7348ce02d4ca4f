#pragma once
// Keeps the position of every stream, and the answers to keyed HTTP requests.

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

/// Positions of streams and answers to keyed requests, for durable groups only. Rebuilt from a checkpoint's copy and
/// the groups journalled since: record() in journal order is idempotent. Each file and generator source has one stream,
/// named by the operator, which is never evicted. Names chosen by clients are bounded: the oldest keys are evicted
/// beyond max_keys, and for each tcp source (streams "tcp:SOURCE:ID") the least recently written streams beyond
/// max_streams. Thread-safe.
class Ledger {
 public:
  explicit Ledger(std::size_t max_keys = 100'000, std::size_t max_streams = 100'000);

  /// Evictions since construction: idempotency keys, and streams by the source's prefix ("tcp:SOURCE:").
  struct Forgotten {
    std::uint64_t keys = 0;
    std::map<std::string, std::uint64_t> streams;
  };

  /// Records a durable group. `samples`: its size; `last_sequence`: the journal number of its last sample.
  void record(const Origin& origin, std::uint64_t samples, std::uint64_t last_sequence);

  std::optional<std::string> position(std::string_view stream) const;
  std::optional<KeyedReply> reply(std::string_view key) const;
  std::map<std::string, std::string> positions() const;  ///< every stream, for the status page
  Forgotten forgotten() const;

  std::string to_json() const;              ///< for the checkpoint's metadata
  void from_json(const std::string& text);  ///< replaces the content; throws std::runtime_error if invalid

 private:
  /// A map of bounded size that evicts the least recently put entry.
  template <typename Value>
  class Recent {
   public:
    explicit Recent(std::size_t capacity) : capacity_(capacity) {}

    /// True if an entry was evicted.
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
    /// Visits the oldest entry first.
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

  /// The streams of one tcp source.
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
  void visit_positions(const Visit& visit) const;  ///< oldest first within each source

  const std::size_t max_keys_;
  const std::size_t max_streams_;
  mutable std::mutex mutex_;  ///< protects all below
  Content content_;
};

}  // namespace altmind::ingest
