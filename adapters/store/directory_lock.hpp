#pragma once
// One daemon on one data directory.

#include <filesystem>
#include <stdexcept>

namespace altmind::store {

/// Held by another process. what() names the directory and the holder's pid, host and start time.
class DirectoryLocked : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Holds an exclusive lock (flock) on `directory`/lock for its life and writes there who holds it.
/// The kernel drops the lock with the process, so a killed daemon leaves none behind.
class DirectoryLock {
 public:
  explicit DirectoryLock(const std::filesystem::path& directory);  ///< creates the directory; throws DirectoryLocked
  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

 private:
  int fd_ = -1;
};

}  // namespace altmind::store
