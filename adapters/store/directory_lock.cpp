#include "adapters/store/directory_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <span>
#include <string>
#include <system_error>

#include <nlohmann/json.hpp>

#include "adapters/store/posix_file.hpp"

namespace altmind::store {
namespace {

std::string now_as_text() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

/// "process 4711 on host box since 2024-05-01T10:00:00Z", as far as the file tells.
std::string describe_holder(const PosixFile& file) {
  std::array<char, 1024> text{};
  const std::size_t size = file.read_at(0, std::as_writable_bytes(std::span(text)));
  const auto holder = nlohmann::json::parse(text.begin(), text.begin() + size, nullptr, false);
  try {
    return "process " + std::to_string(holder.at("pid").get<long>()) + " on host " +
           holder.at("host").get<std::string>() + " since " + holder.at("started").get<std::string>();
  } catch (const nlohmann::json::exception&) {
    return "another process";  // it holds the lock but has not written yet who it is
  }
}

}  // namespace

DirectoryLock::DirectoryLock(const std::filesystem::path& directory) {
  create_directory_durably(directory);
  PosixFile file(directory / "lock", O_RDWR | O_CREAT);
  int result = 0;
  do {
    result = ::flock(file.descriptor(), LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  if (result != 0) {
    if (errno == EWOULDBLOCK) {
      throw DirectoryLocked(directory.string() + ": in use by " + describe_holder(file) +
                            "; two daemons cannot share a directory");
    }
    throw std::system_error(errno, std::generic_category(), file.path().string() + ": cannot lock");
  }
  const nlohmann::json holder = {{"pid", ::getpid()}, {"host", host_name()}, {"started", now_as_text()}};
  const std::string line = holder.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  file.truncate(0);
  file.write_at(0, std::as_bytes(std::span(line)));
  fd_ = file.release();
}

DirectoryLock::~DirectoryLock() {
  // The file stays: deleting it would let two processes hold locks on two files of one name.
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace altmind::store
