#pragma once
// The position of a file source, kept in the ledger to resume after a restart: which file was read and how far.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace altmind::file {

/// Distinguishes a file from another one that later has the same path or inode.
struct FileIdentity {
  static constexpr std::uint64_t most_head_bytes = 1024;

  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t head_bytes = 0;  ///< min(most_head_bytes, size when it was taken)
  std::uint64_t head = 0;        ///< FNV-1a (64 bit) of the first head_bytes bytes

  bool operator==(const FileIdentity&) const = default;
};

/// Identifies an open file as it is now. Throws std::runtime_error naming `path`.
FileIdentity identify(int descriptor, const std::string& path);

/// Returns the FNV-1a hash of the first `bytes` bytes of an open file; empty if it has become shorter than that.
std::optional<std::uint64_t> head_of(int descriptor, std::uint64_t bytes, const std::string& path);

/// Returns the same of `bytes` bytes (at most most_head_bytes) from `from` on.
std::optional<std::uint64_t> hash_at(int descriptor, std::uint64_t from, std::uint64_t bytes, const std::string& path);
std::uint64_t hash_of(std::string_view bytes);

/// True if the open file is the one that `known` describes, possibly grown: same inode, same head. The device number is
/// reported but not compared: on many file systems it changes with a reboot.
bool same_file(const FileIdentity& known, int descriptor, const std::string& path);

/// "device 1, inode 2, first 1024 bytes 0123456789abcdef".
std::string to_string(const FileIdentity& identity);

/// The position of a file source. Finite input: `files` has one entry per path. Followed file: one entry, for the file
/// that was being read, wherever it has been moved since.
struct FilePosition {
  std::vector<FileIdentity> files;
  std::uint64_t epoch = 0;              ///< the pass being read
  std::uint64_t record = 0;             ///< records consumed in this pass, including rejected and skipped ones
  std::size_t path = 0;                 ///< plain text: index of the path being read
  std::optional<std::uint64_t> offset;  ///< plain text: bytes of that path consumed; else empty
  std::optional<std::uint64_t> shuffled_records;  ///< shuffled: how many records were permuted
  std::uint64_t seed = 0;                         ///< shuffled: of the permutation
  std::int64_t modified = 0;                      ///< followed: modification time, ns since 1970
  std::string header;                             ///< followed CSV: the header line in force
  std::uint64_t tail_bytes = 0;                   ///< followed: min(1024, offset); 0 in positions of older versions
  std::uint64_t tail = 0;                         ///< followed: FNV-1a of the tail_bytes bytes before offset

  bool operator==(const FilePosition&) const = default;
};

/// True if the open file holds what was read up to `position` (of a followed file): the same head, and the same last
/// bytes before the offset, which distinguish files with the same long header.
bool holds(const FilePosition& position, int descriptor, const std::string& path);

std::string to_json(const FilePosition& position);

/// Throws std::runtime_error naming what is wrong.
FilePosition file_position_from_json(std::string_view text);

}  // namespace altmind::file
