#pragma once
// Reads a growing text file to its current end, across rotation and truncation.

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "adapters/sources/file/file_watch.hpp"
#include "adapters/sources/file/position.hpp"
#include "adapters/sources/file/rotation.hpp"
#include "adapters/sources/file/text_records.hpp"

namespace altmind::file {

/// The next file cannot be opened. Nothing has changed: read() may be called again.
class CannotGoOn : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Never blocks: read() takes what is there; FileWatch waits for more.
///
/// Renamed file: it is read on, through the open descriptor, until another file with content stands at the path: a
/// writer that has begun a new file has left the old one. Only then a last line without a line end counts. Rotated
/// files between the two (path.2, path.1) are read on the way; those packed meanwhile (path.1.gz) are unpacked. What a
/// late writer appends afterwards counts as a gap.
///
/// Truncated file (shorter than what was read, or with another first KiB, or other bytes before the point up to which
/// it was read): read from 0; data not yet read is looked for in a copy beside it, as copytruncate makes, packed or
/// not. If data may have been lost, note() says so and gaps() counts it.
class Follower {
 public:
  /// Throws std::runtime_error if the options do not allow following.
  Follower(const adapters::SourceOptions& options, const SampleSpec& spec, FileWatch& watch);

  /// Continues after `position`, wherever its file is now. Call before the first read().
  void resume(const FilePosition& position);

  /// Consumes up to `max` records, beginning with those of `skip`; returns how many, 0 if there are no more for now.
  /// Throws CannotGoOn if only the next file is at fault, std::runtime_error for all else.
  std::size_t read(std::size_t max, Samples& into, const OnRejected& rejected);

  bool at_limit() const;
  FilePosition position() const;
  const std::string& path() const { return open_.path; }  ///< of the file being read; empty: none yet
  const std::string& note() const { return note_; }       ///< the last irregularity
  std::uint64_t gaps() const { return gaps_; }            ///< how often lines may have been missed

 private:
  bool fill();
  void truncated();
  void leave();
  void look_back();
  FileIdentity identity_of_open() const;
  void missed(std::string note);
  void remember(std::string_view bytes);
  std::string_view tail() const;
  bool changed_behind() const;
  std::optional<OpenFile> successor(std::uint64_t inode, std::int64_t modified);
  void enter(OpenFile file, std::uint64_t offset);
  std::size_t read_at(const OpenFile& file, std::uint64_t offset);  ///< into chunk_
  std::string first_line(const OpenFile& file);

  const std::string path_;
  const std::uint64_t skip_;
  const std::optional<std::uint64_t> limit_;
  const std::size_t max_line_;
  const bool header_;
  FileWatch& watch_;
  TextRecords records_;
  OpenFile open_;
  FileIdentity identity_;         ///< of open_; its head grows with the file
  std::uint64_t read_bytes_ = 0;  ///< of open_
  std::int64_t modified_ = 0;     ///< of open_, when it was last read
  std::uint64_t record_ = 0;
  bool ending_ = false;  ///< open_ has a successor: its last line must be finished
  std::optional<OpenFile> successor_;
  OpenFile left_;  ///< the file read before open_, as long as it has a name
  std::uint64_t left_bytes_ = 0;
  std::vector<char> chunk_;
  std::string recent_;  ///< of open_: from at most 1 KiB before the last line consumed to read_bytes_
  std::string note_;
  std::uint64_t gaps_ = 0;
};

}  // namespace altmind::file
