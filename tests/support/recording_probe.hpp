#pragma once
// An IngestProbe that records its calls.

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/ingest/ingest_probe.hpp"

namespace altmind {

/// Thread-safe.
class RecordingProbe final : public ingest::IngestProbe {
 public:
  struct Entry {
    std::string source;
    ingest::Reason reason;
    std::string message;
    std::string record;
  };

  void accepted(std::string_view, std::size_t) override {}                  // sources do not call it
  void missing(std::string_view, const ingest::MissingValues&) override {}  // nor this
  void rejected(std::string_view source, const ingest::Rejection& rejection, std::string_view record) override {
    const std::lock_guard lock(mutex_);
    rejected_.push_back({std::string(source), rejection.reason, rejection.message, std::string(record)});
  }
  void queue_full(std::string_view) override {
    const std::lock_guard lock(mutex_);
    ++queue_full_;
  }
  void gap(std::string_view) override {
    const std::lock_guard lock(mutex_);
    ++gaps_;
  }

  void failed(std::string_view) override {
    const std::lock_guard lock(mutex_);
    ++failures_;
  }

  std::vector<Entry> rejections() const {
    const std::lock_guard lock(mutex_);
    return rejected_;
  }
  std::size_t queue_full_count() const {
    const std::lock_guard lock(mutex_);
    return queue_full_;
  }
  std::size_t gaps() const {
    const std::lock_guard lock(mutex_);
    return gaps_;
  }
  std::size_t failures() const {
    const std::lock_guard lock(mutex_);
    return failures_;
  }

 private:
  mutable std::mutex mutex_;  ///< protects all below
  std::vector<Entry> rejected_;
  std::size_t queue_full_ = 0;
  std::size_t gaps_ = 0;
  std::size_t failures_ = 0;
};

}  // namespace altmind
