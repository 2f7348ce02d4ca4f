#pragma once
// A text file that grows: read to its present end, across rotation and truncation.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "adapters/file/file_watch.hpp"
#include "adapters/file/position.hpp"
#include "adapters/file/rotation.hpp"
#include "adapters/file/text_records.hpp"

namespace altmind::file {

/// Never blocks: read() takes what there is; FileWatch tells when to come again.
///
/// Renamed file: it is read on, through the open descriptor, until another file with content stands at the
/// path; a writer who has begun a new file has left the old one. Only then its last line counts without a line
/// end. Rotated files between the two (path.2, path.1) are read on the way.
/// Truncated file (shorter than what was read, or with another first KiB): read from 0; what was not yet read
/// of it is looked for in a copy beside it, as copytruncate makes. A file that was cut and then grew beyond what
/// had been read, with the same first KiB, before anybody looked is not told from one that was only appended to.
/// Where data had to be given up, note() says so.
class Follower {
 public:
  /// Throws std::runtime_error when the options cannot be followed.
  Follower(const adapters::SourceOptions& options, const SampleSpec& spec, FileWatch& watch);

  /// Goes on behind `position`, wherever its file is now. Before the first read().
  void resume(const FilePosition& position);

  /// Consumes up to `max` records, those of `skip` first; returns how many, 0 when there is no more for now.
  std::size_t read(std::size_t max, Samples& into, const OnRejected& rejected);

  bool at_limit() const;
  FilePosition position() const;
  const std::string& path() const { return open_.path; }  ///< of the file being read; empty: none yet
  const std::string& note() const { return note_; }       ///< what went otherwise than smoothly, last

 private:
  bool fill();
  void truncated();
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
  FileIdentity identity_;         ///< of open_, its head as far as it has grown
  std::uint64_t read_bytes_ = 0;  ///< of open_
  std::int64_t modified_ = 0;     ///< of open_, when it was last read
  std::uint64_t record_ = 0;
  bool ending_ = false;  ///< open_ has a successor: its last line is to be finished
  std::optional<OpenFile> successor_;
  std::vector<char> chunk_;
  std::string note_;
};

}  // namespace altmind::file
