#pragma once
// Parses records into one group and counts every rejection; shared by all line-based sources and HTTP.

#include <cstddef>
#include <string_view>
#include <vector>

#include "adapters/ingest/ingest_probe.hpp"
#include "adapters/ingest/record_parser.hpp"

namespace altmind::ingest {

/// A rejected record of one request or read.
struct RejectedRecord {
  std::size_t index = 0;  ///< of the record, from 0
  Rejection rejection;
};

/// Parses `record` into `into`; on rejection tells the probe and appends to `rejected`. True if it was accepted.
bool ingest_record(RecordParser& parser, std::string_view record, std::size_t index, std::string_view source,
                   IngestProbe& probe, Samples& into, std::vector<RejectedRecord>& rejected);

}  // namespace altmind::ingest
