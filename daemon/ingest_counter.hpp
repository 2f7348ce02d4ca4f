#pragma once
// Counts what every source reports, per source, and passes it on.

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "adapters/ingest/ingest_probe.hpp"
#include "adapters/ingest/rejected_log.hpp"
#include "adapters/telemetry/telemetry.hpp"

namespace altmind::daemon {

/// Thread-safe. `rejected_log` may be null.
class IngestCounter final : public ingest::IngestProbe {
 public:
  struct Counts {
    std::uint64_t accepted = 0;
    std::uint64_t rejected = 0;
    ingest::MissingValues missing = {};  ///< in accepted samples
  };

  IngestCounter(telemetry::Telemetry& telemetry, ingest::RejectedLog* rejected_log)
      : telemetry_(telemetry), rejected_log_(rejected_log) {}

  void accepted(std::string_view source, std::size_t samples) override {
    telemetry_.accepted(source, samples);
    const std::lock_guard lock(mutex_);
    counts_[std::string(source)].accepted += samples;
  }
  void missing(std::string_view source, const ingest::MissingValues& values) override {
    telemetry_.missing(source, values);
    const std::lock_guard lock(mutex_);
    counts_[std::string(source)].missing += values;
  }
  void rejected(std::string_view source, const ingest::Rejection& rejection, std::string_view record) override {
    telemetry_.rejected(source, rejection, record);
    if (rejected_log_ != nullptr) rejected_log_->write(source, rejection, record);
    const std::lock_guard lock(mutex_);
    ++counts_[std::string(source)].rejected;
    Reasons& reason = reasons_[static_cast<std::size_t>(rejection.reason)];
    if (reason.count++ == 0) reason.example = rejection.message;
  }
  void queue_full(std::string_view source) override { telemetry_.queue_full(source); }
  void gap(std::string_view source) override { telemetry_.gap(source); }
  void failed(std::string_view source) override { telemetry_.failed(source); }

  /// The number of rejections for one reason, and the message of the first.
  struct Reasons {
    std::uint64_t count = 0;
    std::string example;
  };
  /// By ingest::Reason.
  using ByReason = std::array<Reasons, ingest::reason_names.size()>;

  ByReason by_reason() const {
    const std::lock_guard lock(mutex_);
    return reasons_;
  }

  Counts counts(const std::string& source) const {
    const std::lock_guard lock(mutex_);
    const auto at = counts_.find(source);
    return at == counts_.end() ? Counts{} : at->second;
  }
  Counts total() const {
    const std::lock_guard lock(mutex_);
    Counts sum;
    for (const auto& [source, counts] : counts_) {
      sum.accepted += counts.accepted;
      sum.rejected += counts.rejected;
      sum.missing += counts.missing;
    }
    return sum;
  }

 private:
  telemetry::Telemetry& telemetry_;
  ingest::RejectedLog* const rejected_log_;
  mutable std::mutex mutex_;
  std::map<std::string, Counts> counts_;
  ByReason reasons_;
};

}  // namespace altmind::daemon
