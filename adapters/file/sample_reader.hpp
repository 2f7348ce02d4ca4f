#pragma once
// Records of a finite input, one after the other: files of every format, packed or not.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "adapters/ingest/reason.hpp"
#include "adapters/source.hpp"
#include "core/sample.hpp"

namespace altmind {

/// Told of each refused record: its number from 0, why, and its text (empty for binary formats).
using OnRejected = std::function<void(std::uint64_t record, const Rejection&, std::string_view text)>;

/// Reads the paths of `options` in order as one sequence of records, `skip` and `limit` applied; gz and
/// xz are recognised by their magic numbers. epochs, shuffle and follow are not its business.
class SampleReader {
 public:
  virtual ~SampleReader() = default;

  /// Appends up to `max` samples to `into`; returns how many records were consumed (refused ones count),
  /// 0 at the end. Throws std::runtime_error naming the file when it cannot be read or is malformed.
  virtual std::size_t read(std::size_t max, Samples& into, const OnRejected& rejected) = 0;

  virtual double fraction() const = 0;  ///< of the input read so far, 0..1, by bytes or records
};

/// Throws std::runtime_error naming the file.
std::unique_ptr<SampleReader> open_reader(const SourceOptions& options, const SampleSpec& spec);

}  // namespace altmind
