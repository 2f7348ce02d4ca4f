#pragma once
// The interface through which sources, and the writer on their behalf, report events.

#include <cstddef>
#include <string_view>

#include "adapters/ingest/missing_values.hpp"
#include "adapters/ingest/reason.hpp"

namespace altmind::ingest {

/// Thread-safe. The Prometheus implementation is in adapters/telemetry; tests have a recording one.
class IngestProbe {
 public:
  virtual ~IngestProbe() = default;
  /// Durable samples. Reported by the component that made them durable, for all sources; never by a source.
  virtual void accepted(std::string_view source, std::size_t samples) = 0;
  /// Missing values of durable samples, if there are any; reported just before accepted().
  virtual void missing(std::string_view source, const MissingValues& values) = 0;
  virtual void rejected(std::string_view source, const Rejection& rejection, std::string_view record) = 0;
  virtual void queue_full(std::string_view source) = 0;  ///< a source had to slow down
  virtual void gap(std::string_view source) = 0;         ///< lines of a followed file may have been missed
  virtual void failed(std::string_view source) = 0;      ///< it ended early, or waits for an obstacle to go away
};

}  // namespace altmind::ingest
