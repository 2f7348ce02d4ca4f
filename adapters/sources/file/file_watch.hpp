#pragma once
// Waits until a followed file may have changed, a descriptor is readable, or wake() is called.

#include <chrono>
#include <filesystem>
#include <string>

#include "adapters/sources/file/byte_stream.hpp"

namespace altmind::file {

/// Waits without polling if the kernel reports changes (inotify), and polls slowly if it does not (network file
/// systems). wake() is thread-safe and async-signal-safe; all other functions must be called by one thread.
class FileWatch {
 public:
  FileWatch();

  /// Ends the current or the next wait.
  void wake() noexcept;

  /// Watches for changes at `path`, to all files in its directory.
  void watch_directory_of(const std::filesystem::path& path);
  /// Watches an open file for changes, wherever it is moved to. Replaces the previous file.
  void watch_file(int descriptor);

  /// Returns after `look_again` at the latest. The caller must find out what has changed.
  void wait(std::chrono::milliseconds look_again);

  /// Waits until `descriptor` is readable or has ended; false if it was woken.
  bool wait_readable(int descriptor);

  bool readable_now(int descriptor) const;

  bool told_of_changes() const { return directory_watch_ >= 0; }  ///< false: only `look_again` ends a wait

 private:
  void drain(int descriptor) const noexcept;

  FileDescriptor wake_;     // eventfd
  FileDescriptor inotify_;  // not open: unavailable
  int directory_watch_ = -1;
  int file_watch_ = -1;
};

}  // namespace altmind::file
