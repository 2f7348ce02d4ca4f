#include "adapters/store/directory_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <span>
#include <string>
#include <system_error>

#include <nlohmann/json.hpp>

#include "adapters/store/posix_file.hpp"
#include "adapters/utc_time.hpp"

namespace altmind::store {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

/// Returns "process 4711 on host box since 2024-05-01T10:00:00Z", as far as the file tells.
std::string describe_holder(const PosixFile& file) {
  std::array<char, 1024> text{};
  const std::size_t size = file.read_at(0, std::as_writable_bytes(std::span(text)));
  const auto holder = nlohmann::json::parse(text.begin(), text.begin() + size, nullptr, false);
  try {
    return "process " + std::to_string(holder.at("pid").get<long>()) + " on host " +
           holder.at("host").get<std::string>() + " since " + holder.at("started").get<std::string>();
  } catch (const nlohmann::json::exception&) {
    return "another process";  // it holds the lock but has not described itself yet
  }
}

/// Returns 0, or the error number.
int lock_now(const PosixFile& file) {
  int result = 0;
  do {
    result = ::flock(file.descriptor(), LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  return result == 0 ? 0 : errno;
}

DirectoryLocked in_use(const std::filesystem::path& directory, const std::string& holder) {
  return DirectoryLocked(directory.string() + ": in use by " + holder + "; two daemons cannot share a directory");
}

}  // namespace

DirectoryLock::DirectoryLock(const std::filesystem::path& directory) {
  create_directory_durably(directory);
  directory_ = PosixFile(directory, O_RDONLY | O_DIRECTORY);
  // Lock the directory first, so that a deleted `lock` is not created again while its holder lives. A file system that
  // cannot lock directories (NFS) reports another error; then the file alone must do.
  if (lock_now(directory_) == EWOULDBLOCK) {
    const bool told = std::filesystem::exists(directory / "lock");
    throw in_use(directory, told ? describe_holder(PosixFile(directory / "lock", O_RDONLY)) : "another process");
  }
  file_ = PosixFile(directory / "lock", O_RDWR | O_CREAT);
  if (const int error = lock_now(file_); error == EWOULDBLOCK) {
    throw in_use(directory, describe_holder(file_));
  } else if (error != 0) {
    throw std::system_error(error, std::generic_category(), file_.path().string() + ": cannot lock");
  }
  const nlohmann::json holder = {{"pid", ::getpid()},
                                 {"host", host_name()},
                                 {"started", adapters::rfc3339_seconds(std::chrono::system_clock::now())}};
  const std::string line = holder.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  file_.truncate(0);
  file_.write_at(0, std::as_bytes(std::span(line)));
  if (const std::string reason = lost(); !reason.empty()) throw DirectoryLocked(reason);
  // The file stays when the lock is released: deleting it would let two processes lock two files of the same name.
}

std::string DirectoryLock::lost() const {
  for (const PosixFile* one : {&directory_, &file_}) {
    if (!one->in_place()) return one->path().string() + ": was deleted or replaced while it was in use";
  }
  return {};
}

}  // namespace altmind::store
