#pragma once
// Sleeping until a followed file may have changed, a descriptor can be read, or somebody calls.

#include <chrono>
#include <filesystem>
#include <string>

#include "adapters/sources/file/byte_stream.hpp"

namespace altmind::file {

/// Waits without polling where the kernel tells of changes (inotify), and looks again after a while where
/// it does not (network file systems). wake() is thread-safe and async-signal-safe, the rest belongs to one
/// thread.
class FileWatch {
 public:
  FileWatch();

  /// Ends the present or the next wait.
  void wake() noexcept;

  /// Tells of changes at `path`: of the files in its directory.
  void watch_directory_of(const std::filesystem::path& path);
  /// Tells of changes of an open file, wherever it is moved to. Replaces the file before.
  void watch_file(int descriptor);

  /// Returns at the latest after `look_again`. What has changed is for the caller to find out.
  void wait(std::chrono::milliseconds look_again);

  /// Waits until `descriptor` can be read or has ended; false: it was woken.
  bool wait_readable(int descriptor);

  bool readable_now(int descriptor) const;

  bool told_of_changes() const { return directory_watch_ >= 0; }  ///< false: only `look_again` ends a wait

 private:
  void drain(int descriptor) const noexcept;

  FileDescriptor wake_;     // eventfd
  FileDescriptor inotify_;  // not open: not available
  int directory_watch_ = -1;
  int file_watch_ = -1;
};

}  // namespace altmind::file
