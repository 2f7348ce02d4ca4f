#pragma once
// Lets only one daemon use a data directory.

#include <filesystem>
#include <stdexcept>
#include <string>

#include "adapters/store/posix_file.hpp"

namespace altmind::store {

/// The directory is locked by another process. what() names the directory and the holder's pid, host and start time.
class DirectoryLocked : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Holds exclusive locks (flock) on `directory` itself and on `directory`/lock for its lifetime, and describes the
/// holder in the latter. Deleting `lock` lets nobody in. The kernel releases the locks with the process, so a killed
/// daemon leaves none behind.
class DirectoryLock {
 public:
  explicit DirectoryLock(const std::filesystem::path& directory);  ///< creates the directory; throws DirectoryLocked
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

  /// Returns why the locks no longer protect anything (the directory or `lock` was deleted, replaced or mounted over),
  /// as a sentence; empty if they do. Thread-safe.
  std::string lost() const;

 private:
  PosixFile directory_;
  PosixFile file_;
};

}  // namespace altmind::store
