#include "adapters/telemetry/impatient_writer.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace altmind::telemetry {

/// Writes one piece, small enough that a pipe with any room takes it whole. False if there is no room or no reader.
bool ImpatientWriter::put_some(std::string_view& left) {
  pollfd room{descriptor_, POLLOUT, 0};
  if (::poll(&room, 1, 0) != 1 || (room.revents & POLLOUT) == 0) return false;
  const std::size_t size = std::min<std::size_t>(left.size(), PIPE_BUF);
  struct stat status {};
  ssize_t written = -1;
  errno = EOPNOTSUPP;
  if (::fstat(descriptor_, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode))) {
    iovec piece{const_cast<char*>(left.data()), size};
    written = ::pwritev2(descriptor_, &piece, 1, -1, RWF_NOWAIT);  // others may have filled it since the poll
  }
  if (written < 0 && (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL)) {
    written = ::write(descriptor_, left.data(), size);
  }
  if (written < 0) return errno == EINTR;
  left.remove_prefix(static_cast<std::size_t>(written));
  return true;
}

bool ImpatientWriter::put(std::string_view line) {
  std::string whole;
  whole.reserve(line.size() + 2);
  if (torn_) whole += '\n';
  whole.append(line) += '\n';
  std::string_view left = whole;
  while (!left.empty() && put_some(left)) {
  }
  if (left.size() < whole.size()) torn_ = !left.empty();
  return left.empty();
}

}  // namespace altmind::telemetry
