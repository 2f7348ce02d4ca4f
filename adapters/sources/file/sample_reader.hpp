#pragma once
// Reads the records of a finite input, one after the other: files of every format, packed or not.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "adapters/ingest/reason.hpp"
#include "adapters/source.hpp"
#include "adapters/sources/file/position.hpp"
#include "core/samples/sample.hpp"

namespace altmind::file {

/// Called for each rejected record: its number from 0 (over all paths, including skipped ones), why, and its text
/// (empty for binary formats).
using OnRejected = std::function<void(std::uint64_t record, const ingest::Rejection&, std::string_view text)>;

/// The place of a reader: the next record is number `record` of the whole input.
struct ReaderPlace {
  std::uint64_t record = 0;
  std::size_t path = 0;                 ///< index of the path being read
  std::optional<std::uint64_t> offset;  ///< plain text: the byte of that path where the next record begins
};

/// Reads the paths of `options` in order as one sequence of records, applying `skip` and `limit`; gz and xz are
/// recognised by their magic numbers. Does not handle epochs, shuffle and follow.
class SampleReader {
 public:
  virtual ~SampleReader() = default;

  /// Appends up to `max` samples to `into`; returns how many records were consumed (including rejected ones), 0 at the
  /// end. Throws std::runtime_error naming the file if it cannot be read or is malformed.
  virtual std::size_t read(std::size_t max, Samples& into, const OnRejected& rejected) = 0;

  virtual double fraction() const = 0;  ///< of the input read so far, 0..1, by bytes or records

  /// Skips up to `max` records without parsing them, beginning with those of `skip`; returns how many, 0 at the end.
  /// read() does this for `skip` by itself, but not in steps that a caller can interrupt.
  virtual std::uint64_t pass_over(std::uint64_t max) = 0;
  virtual std::uint64_t to_skip() const = 0;  ///< records of `skip` still ahead

  virtual ReaderPlace place() const = 0;

  /// Moves as near to a `place` of the same input as it can without reading up to it: in plain text to the place
  /// itself, otherwise not at all. The caller must skip the rest with pass_over().
  virtual void approach(const ReaderPlace& place) = 0;

  virtual const std::vector<FileIdentity>& identities() const = 0;  ///< of the paths, then of the labels_paths
  virtual const std::vector<std::uint64_t>& sizes() const = 0;      ///< bytes of every path when it was opened
};

/// Opens every path once to check it. Throws std::runtime_error naming the file.
std::unique_ptr<SampleReader> open_reader(const adapters::SourceOptions& options, const SampleSpec& spec);

}  // namespace altmind::file
