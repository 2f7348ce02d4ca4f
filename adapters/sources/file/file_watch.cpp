#include "adapters/sources/file/file_watch.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace altmind::file {

FileWatch::FileWatch()
    : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  if (!wake_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void FileWatch::wake() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);
}

void FileWatch::watch_directory_of(const std::filesystem::path& path) {
  if (!inotify_ || directory_watch_ >= 0) return;
  const std::filesystem::path parent = path.has_parent_path() ? path.parent_path() : ".";
  directory_watch_ =
      ::inotify_add_watch(inotify_.get(), parent.c_str(), IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_MODIFY);
}

void FileWatch::watch_file(int descriptor) {
  if (!inotify_) return;
  if (file_watch_ >= 0) ::inotify_rm_watch(inotify_.get(), file_watch_);
  // Through /proc, to watch the open file, not whatever has its name now.
  const std::string open_file = "/proc/self/fd/" + std::to_string(descriptor);
  file_watch_ = ::inotify_add_watch(inotify_.get(), open_file.c_str(), IN_MODIFY);
}

void FileWatch::wait(std::chrono::milliseconds look_again) {
  std::array<pollfd, 2> watched{{{wake_.get(), POLLIN, 0}, {inotify_.get(), POLLIN, 0}}};
  ::poll(watched.data(), inotify_ ? 2 : 1, static_cast<int>(look_again.count()));
  drain(wake_.get());
  if (inotify_) drain(inotify_.get());
}

bool FileWatch::wait_readable(int descriptor) {
  for (;;) {
    std::array<pollfd, 2> watched{{{wake_.get(), POLLIN, 0}, {descriptor, POLLIN, 0}}};
    if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "poll");
    }
    if (watched[0].revents != 0) return false;
    if (watched[1].revents != 0) return true;
  }
}

bool FileWatch::readable_now(int descriptor) const {
  pollfd watched{descriptor, POLLIN, 0};
  return ::poll(&watched, 1, 0) > 0;
}

void FileWatch::drain(int descriptor) const noexcept {
  std::array<char, 4096> unread{};
  while (::read(descriptor, unread.data(), unread.size()) > 0) {
  }
}

}  // namespace altmind::file
