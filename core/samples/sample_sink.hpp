#pragma once
// The port through which every source hands samples to the learner.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/samples/sample.hpp"

namespace altmind {

/// Where a group came from and how far its source has been read once the group is durable.
/// The journal stores it with the samples: that is what makes a resend harmless.
struct Origin {
  std::string source;           ///< name of the source (`http`, `tcp`, ...); bounded set, used as a metrics label
  std::string stream;           ///< key of the position in the ledger; empty: nothing to resume
  std::string position;         ///< opaque to all but the source; replaces the stream's previous position
  std::string key;              ///< Idempotency-Key of an HTTP request; empty: none
  std::uint64_t body_hash = 0;  ///< of the request with that key: a reused key with another body is refused
};

/// Samples that are admitted, journalled and acknowledged together.
struct Group {
  Samples samples;
  Origin origin;
  std::vector<Introduced> introduced;               ///< filled on admission
  std::vector<IntroducedCategory> categories = {};  ///< likewise
  bool batchable = false;  ///< nobody waits for the receipt: it may come a little later, with that of others
};

enum class Admission { accepted, full, closed };

/// What the sink did with a group. `rejected`: indices of samples whose class name found the label table
/// full; they were taken out of the group, the others went in.
struct Offered {
  Admission admission = Admission::closed;
  std::vector<std::size_t> rejected;
};

/// Told once per accepted group. durable = false: the journal refused it, it will not be learned.
struct Receipt {
  bool durable = false;
  std::uint64_t last_sequence = 0;  ///< journal number of the group's last sample
};
using OnDurable = std::function<void(const Receipt&)>;

/// Thread-safe, never blocks. A group goes in whole (less `rejected`) or not at all.
class SampleSink {
 public:
  virtual ~SampleSink() = default;

  /// Takes the group if there is room; otherwise leaves it untouched. `on_durable` runs later on the
  /// writer's thread, exactly once, and only if the answer was accepted. A group larger than the
  /// capacity is accepted when the queue is empty. A group left with no sample is accepted and
  /// acknowledged with the last sequence so far (its position still counts).
  virtual Offered offer(Group& group, OnDurable on_durable) = 0;

  /// Runs `ready` once, from any thread (maybe within this call), when a group of `samples` would be
  /// taken or the sink has closed. How a source waits without polling.
  virtual void when_room(std::size_t samples, std::function<void()> ready) = 0;
};

}  // namespace altmind
