#include "adapters/ingest/rejected_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <utility>

#include "adapters/utc_time.hpp"

namespace altmind::ingest {

namespace {

constexpr std::size_t kept_of_record = 1024;

std::string line_of(std::string_view source, const Rejection& rejection, std::string_view record) {
  nlohmann::ordered_json json;
  json["time"] = adapters::rfc3339(std::chrono::system_clock::now());
  json["source"] = source;
  json["reason"] = name(rejection.reason);
  json["message"] = rejection.message;
  json["record"] = record.substr(0, kept_of_record);
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

struct RejectedLog::Impl {
  Impl(std::filesystem::path path, std::uint64_t bytes) : file(std::move(path)), max_bytes(bytes) {}
  ~Impl() { close(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void close() {
    if (descriptor >= 0) ::close(descriptor);
    descriptor = -1;
  }

  bool open() {
    if (descriptor >= 0) return true;
    // O_NONBLOCK: do not wait for a FIFO in its place.
    descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0640);
    struct stat status {};
    if (descriptor < 0) return false;
    if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
      close();
      return false;
    }
    size = static_cast<std::uint64_t>(status.st_size);
    return true;
  }

  void append(const std::string& line) {
    if (!open()) return;
    if (size != 0 && size + line.size() > max_bytes) {
      close();
      std::error_code error;
      std::filesystem::rename(file, file.string() + ".1", error);
      // If the old lines cannot be moved away, discard them: the bound must hold.
      if (error) std::filesystem::remove(file, error);
      if (error || !open()) return;
    }
    ssize_t written = -1;
    do {
      written = ::write(descriptor, line.data(), line.size());
    } while (written < 0 && errno == EINTR);
    if (written == static_cast<ssize_t>(line.size())) {
      size += line.size();
    } else if (written > 0 && ftruncate(descriptor, static_cast<off_t>(size)) != 0) {
      size += static_cast<std::uint64_t>(written);  // the disk is full, and half a line remains
    }
  }

  // Constant after construction.
  std::filesystem::path file;
  std::uint64_t max_bytes;

  std::mutex mutex;  // protects all below
  int descriptor = -1;
  std::uint64_t size = 0;
};

RejectedLog::RejectedLog(std::filesystem::path file, std::uint64_t max_bytes)
    : impl_(std::make_unique<Impl>(std::move(file), max_bytes)) {}

RejectedLog::~RejectedLog() = default;

void RejectedLog::write(std::string_view source, const Rejection& rejection, std::string_view record) {
  try {
    const std::string line = line_of(source, rejection, record);
    const std::lock_guard lock(impl_->mutex);
    impl_->append(line);
  } catch (const std::exception&) {
    // Out of memory for a diagnosis: go on without it.
  }
}

}  // namespace altmind::ingest
