#pragma once
// Offers groups from a thread that may block; shared by file and generator sources.

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "adapters/ingest/ingest_probe.hpp"
#include "core/samples/sample_sink.hpp"

namespace altmind::ingest {

/// Offers the groups of one source, one after the other, and waits for room without polling. Used by one thread; the
/// getters are thread-safe. Receipts that arrive after its destruction are harmless.
class BlockingOffer {
 public:
  enum class Outcome {
    accepted,
    stopped,  ///< stop was requested before there was room; the sink did not take the group
    closed,   ///< the sink takes nothing more
    failed,   ///< an earlier group was not made durable: see failure()
  };

  BlockingOffer(std::string source, std::size_t max_classes, SampleSink& sink, IngestProbe& probe);

  /// Blocks until the group is taken or one of the other outcomes; does not wait for its receipt (Group::batchable).
  /// Samples whose new class finds the label table full are reported to the probe.
  Outcome offer(Group group, const std::stop_token& stop);

  /// Blocks until every accepted group has its receipt; true if all are durable.
  bool wait_durable(const std::stop_token& stop);

  bool waiting() const;                        ///< for room, right now
  std::uint64_t samples_accepted() const;      ///< by the sink
  std::optional<std::string> failure() const;  ///< a group was accepted and then not made durable

 private:
  struct State;
  const std::string source_;
  const std::size_t max_classes_;
  SampleSink& sink_;
  IngestProbe& probe_;
  const std::shared_ptr<State> state_;  ///< shared with callbacks that the sink still holds
};

}  // namespace altmind::ingest
