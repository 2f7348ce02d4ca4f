#pragma once
// rejected.ndjson: the latest rejected records, for a person to look at.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "adapters/ingest/reason.hpp"

namespace altmind::ingest {

/// Appends one JSON line per rejected record: time, source, reason, message, record (its first 1 KiB, invalid UTF-8
/// replaced). Bounded: beyond max_bytes the file is renamed to rejected.ndjson.1, replacing the previous one. Never
/// throws and never blocks learning: a failed write is dropped. Thread-safe.
class RejectedLog {
 public:
  explicit RejectedLog(std::filesystem::path file, std::uint64_t max_bytes = 4 << 20);
  ~RejectedLog();
  void write(std::string_view source, const Rejection& rejection, std::string_view record);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace altmind::ingest
