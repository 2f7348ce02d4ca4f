#pragma once
// Passes over a finite input, in the order of the files or shuffled, from the beginning or a position.

#include <memory>
#include <optional>
#include <stop_token>

#include "adapters/sources/file/sample_reader.hpp"
#include "adapters/sources/file/source_feed.hpp"

namespace altmind::file {

/// All paths of a source, `epochs` times. Used by one thread.
///
/// In order: the position is path and byte (plain text) or the record number (packed, binary; reached again by reading
/// up to it). Shuffled: all records are kept in memory (SampleStore) and the position is an index into the permutation,
/// which is valid as long as the input has the same number of good records.
class FiniteInput {
 public:
  /// Throws std::runtime_error naming the file that cannot be read.
  FiniteInput(const adapters::SourceOptions& options, const SampleSpec& spec);

  /// Reads and delivers everything after `position`; true at the end, false if stopped before. Throws
  /// std::runtime_error, naming both identities, if the input is not the one that the position refers to.
  bool run(const std::optional<FilePosition>& position, SourceFeed& feed, const std::stop_token& stop);

 private:
  bool run_in_order(const FilePosition& from, SourceFeed& feed, const std::stop_token& stop);
  bool run_shuffled(const FilePosition& from, bool resumed, SourceFeed& feed, const std::stop_token& stop);
  bool read_epoch(std::uint64_t epoch, SourceFeed& feed, const std::stop_token& stop);
  bool go_to(const FilePosition& position, const std::stop_token& stop);
  void check(const FilePosition& position) const;
  void reopen();

  const adapters::SourceOptions options_;
  const SampleSpec spec_;
  std::unique_ptr<SampleReader> reader_;
  const std::vector<FileIdentity> files_;  ///< of paths and labels_paths when they were first opened
};

}  // namespace altmind::file
