#pragma once
// The port through which every source hands samples to the learner.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/samples/sample.hpp"

namespace altmind {

/// Where a group came from, and the position its source has reached once the group is durable.
/// The journal stores it with the samples, which makes resending idempotent.
struct Origin {
  std::string source;           ///< name of the source (`http`, `tcp`, ...); bounded set, used as a metrics label
  std::string stream;           ///< key of the position in the ledger; empty: not resumable
  std::string position;         ///< opaque to everything but the source; replaces the stream's previous position
  std::string key;              ///< Idempotency-Key of an HTTP request; empty: none
  std::uint64_t body_hash = 0;  ///< hash of that request's body: reusing a key with a different body is rejected
};

/// Samples that are admitted, journalled and acknowledged together.
struct Group {
  Samples samples;
  Origin origin;
  std::vector<Introduced> introduced;               ///< filled on admission
  std::vector<IntroducedCategory> categories = {};  ///< likewise
  bool batchable = false;  ///< no client waits for the receipt, so the fsync may be delayed and shared
};

enum class Admission { accepted, full, closed };

/// Result of offering a group. `rejected`: indices of samples whose new class name did not fit into the label table;
/// they were removed from the group, the others were admitted.
struct Offered {
  Admission admission = Admission::closed;
  std::vector<std::size_t> rejected;
};

/// Delivered once per accepted group. durable = false: the journal could not store it, and it will not be learned.
struct Receipt {
  bool durable = false;
  std::uint64_t last_sequence = 0;  ///< journal number of the group's last sample
};
using OnDurable = std::function<void(const Receipt&)>;

/// Thread-safe and non-blocking. Accepts a group whole (less `rejected`) or not at all.
class SampleSink {
 public:
  virtual ~SampleSink() = default;

  /// Takes the group if there is room; otherwise leaves it unchanged. `on_durable` is called later on the
  /// writer's thread, exactly once, and only if the group was accepted. A group larger than the
  /// capacity is accepted when the queue is empty. A group with no samples left is accepted and
  /// acknowledged with the last sequence so far (its position is still recorded).
  virtual Offered offer(Group& group, OnDurable on_durable) = 0;

  /// Calls `ready` exactly once, from any thread (possibly within this call), when a group of `samples` would be
  /// accepted or the sink has closed. Lets a source wait without polling.
  virtual void when_room(std::size_t samples, std::function<void()> ready) = 0;
};

}  // namespace altmind
