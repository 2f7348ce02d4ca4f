#pragma once
// Parses a text record (such as a line of NDJSON or CSV) into a sample.

#include <cstddef>
#include <optional>
#include <string_view>

#include "adapters/ingest/reason.hpp"
#include "core/samples/sample.hpp"

namespace altmind::ingest {

inline constexpr std::size_t max_name_bytes = 256;  ///< of a class name, in every format

/// Not thread-safe: parsers own buffers; use one per thread.
class RecordParser {
 public:
  virtual ~RecordParser() = default;

  /// Appends the sample to `into`, or returns the rejection and leaves `into` unchanged. `record` is one line without
  /// its terminator. Numbers are read as double and rounded to float32; overflow is not_finite.
  virtual std::optional<Rejection> parse(std::string_view record, Samples& into) = 0;
};

}  // namespace altmind::ingest
