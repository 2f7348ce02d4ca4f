#pragma once
// Groups and offers the records that were read, and reports the status of the source.

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "adapters/ingest/blocking_offer.hpp"
#include "adapters/ingest/ingest_probe.hpp"
#include "adapters/source.hpp"
#include "adapters/sources/file/position.hpp"
#include "adapters/sources/file/sample_reader.hpp"
#include "core/samples/sample_sink.hpp"

namespace altmind::file {

/// One thread reads and delivers; status(), fraction() and failure() are thread-safe.
class SourceFeed {
 public:
  SourceFeed(const adapters::SourceOptions& options, const SampleSpec& spec, SampleSink& sink,
             ingest::IngestProbe& probe);

  std::size_t group_max() const { return group_max_; }      ///< samples of one group: 500, less if beyond 2 MiB
  const OnRejected& rejected() const { return rejected_; }  ///< tells the probe and counts
  const std::string& stream() const { return stream_; }     ///< key of the position in the ledger

  /// Offers what was read since the last call, and waits for room. Without a position (standard input) a group without
  /// samples is not offered. False: stop reading (stopped, sink closed, or not durable).
  bool deliver(Samples samples, const std::optional<FilePosition>& position, const std::stop_token& stop);
  bool wait_durable(const std::stop_token& stop) { return offer_.wait_durable(stop); }

  void set_state(const char* state);  ///< a literal: "reading", "finished", ...
  /// For a followed file: what is being read, the last irregularity, and how often lines may have been missed so far.
  /// News goes to the log and the probe.
  void set_reading(std::string path, std::string note, std::uint64_t gaps = 0);
  void set_fraction(double fraction) { fraction_ = fraction; }
  void fail(std::string reason);  ///< also reported to the log and the probe if it is new
  void recovered();               ///< clears the failure

  double fraction() const { return fraction_; }
  std::optional<std::string> failure() const;
  std::string status() const;

 private:
  // Constant after construction.
  const adapters::SourceOptions options_;
  const std::string stream_;
  const std::size_t group_max_;
  ingest::IngestProbe& probe_;
  OnRejected rejected_;

  ingest::BlockingOffer offer_;
  std::atomic<double> fraction_ = 0.0;
  std::atomic<std::uint64_t> rejected_count_ = 0;

  mutable std::mutex mutex_;  ///< protects all below
  const char* state_ = "starting";
  std::string path_;  ///< being read
  std::string note_;
  std::uint64_t gaps_ = 0;
  std::optional<FilePosition> position_;  ///< of the last accepted group
  std::optional<std::string> failure_;
};

}  // namespace altmind::file
