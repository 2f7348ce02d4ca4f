#pragma once
// One daemon on one data directory.

#include <filesystem>
#include <stdexcept>
#include <string>

#include "adapters/store/posix_file.hpp"

namespace altmind::store {

/// Held by another process. what() names the directory and the holder's pid, host and start time.
class DirectoryLocked : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Holds exclusive locks (flock) on `directory` itself and on `directory`/lock for its life, and writes into the latter
/// who holds it: a deleted `lock` lets nobody in. The kernel drops the locks with the process, so a killed daemon
/// leaves none behind.
class DirectoryLock {
 public:
  explicit DirectoryLock(const std::filesystem::path& directory);  ///< creates the directory; throws DirectoryLocked
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

  /// Why the locks protect nothing any more (somebody deleted, replaced or covered the directory or `lock`), as a
  /// sentence; empty: they do. Thread-safe.
  std::string lost() const;

 private:
  PosixFile directory_;
  PosixFile file_;
};

}  // namespace altmind::store
