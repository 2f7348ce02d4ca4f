#include "daemon/store_watch.hpp"

#include <sys/statvfs.h>

#include <exception>
#include <utility>

#include "adapters/background_thread.hpp"
#include "adapters/telemetry/log.hpp"

namespace altmind::daemon {

using Clock = std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds look_every{500};
constexpr std::chrono::minutes sum_up_every{1};

/// With less than this the next round of samples may not fit.
constexpr std::uint64_t least_room = 1 << 20;

}  // namespace

StoreWatch::StoreWatch(std::filesystem::path directory, const store::DirectoryLock& lock, store::Journal* journal,
                       const ingest::Ledger& ledger)
    : directory_(std::move(directory)),
      lock_(lock),
      journal_(journal),
      ledger_(ledger),
      told_(ledger.forgotten()),
      no_room_(look_for_room()) {}

StoreWatch::~StoreWatch() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
}

void StoreWatch::start(std::function<void()> lost) {
  when_lost_ = std::move(lost);
  thread_ = std::jthread([this] { run(); });
}

std::string StoreWatch::lost(bool thoroughly) {
  {
    const std::lock_guard lock(mutex_);
    if (!lost_.empty()) return lost_;
  }
  std::string found = look(thoroughly);
  const std::lock_guard lock(mutex_);
  if (lost_.empty()) lost_ = std::move(found);
  return lost_;
}

std::string StoreWatch::trouble() const {
  const std::lock_guard lock(mutex_);
  return lost_.empty() ? no_room_ : lost_;
}

void StoreWatch::run() {
  adapters::enter_background("store watch", 0);
  told_at_ = Clock::now();
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, look_every, [this] { return stopping_; })) {
    lock.unlock();
    try {
      look_around();
    } catch (const std::exception& error) {
      log(telemetry::LogLevel::error, "the data directory could not be looked at", {{"error", error.what()}});
    }
    lock.lock();
  }
  lock.unlock();
  tell_forgotten(Clock::time_point::max());
}

void StoreWatch::look_around() {
  const std::string gone = lost(true);
  if (!gone.empty() && !std::exchange(told_lost_, true)) {
    log(telemetry::LogLevel::error, "the data directory is lost; nothing more is acknowledged or saved",
        {{"reason", gone}});
    when_lost_();
  }
  std::string full = look_for_room();
  sync_head();
  tell_forgotten(Clock::now());
  const std::lock_guard lock(mutex_);
  if (full.empty() != no_room_.empty() && gone.empty()) {
    log(full.empty() ? telemetry::LogLevel::info : telemetry::LogLevel::error,
        full.empty() ? "the disk has room again" : full);
  }
  no_room_ = std::move(full);
}

void StoreWatch::sync_head() {
  if (journal_ == nullptr || head_failed_) return;
  try {
    journal_->sync_head();
  } catch (const store::JournalError& error) {
    head_failed_ = true;
    log(telemetry::LogLevel::error, "the journal's head cannot be synced: after a power failure a cut may not show",
        {{"error", error.what()}});
  }
}

std::string StoreWatch::look(bool thoroughly) const {
  std::string reason = lock_.lost();
  if (reason.empty() && journal_ != nullptr) reason = journal_->lost(thoroughly);
  return reason;
}

std::string StoreWatch::look_for_room() const {
  struct statvfs disk {};
  if (::statvfs(directory_.c_str(), &disk) != 0) return {};  // lost() reports it better
  const std::uint64_t room = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  if (disk.f_blocks == 0 || room >= least_room) return {};  // some file systems do not report it
  return "the disk is full: " + std::to_string(room) + " bytes are left for " + directory_.string();
}

void StoreWatch::tell_forgotten(Clock::time_point now) {
  if (now < told_at_ + sum_up_every) return;
  told_at_ = now;
  const ingest::Ledger::Forgotten forgotten = ledger_.forgotten();
  if (forgotten.keys > told_.keys) {
    log(telemetry::LogLevel::warning,
        "old idempotency keys were forgotten to make room: their requests would be taken again",
        {{"keys", std::to_string(forgotten.keys - told_.keys)}});
  }
  for (const auto& [source, count] : forgotten.streams) {
    const std::uint64_t before = told_.streams[source];
    if (count == before) continue;
    log(telemetry::LogLevel::warning, "old streams were forgotten to make room: they would begin at line 1 again",
        {{"streams", std::to_string(count - before)}, {"of", source}});
  }
  told_ = forgotten;
}

}  // namespace altmind::daemon
