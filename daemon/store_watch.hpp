#pragma once
// What can happen to a data directory behind the back of the daemon that has it open.

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "adapters/ingest/ledger.hpp"
#include "adapters/store/directory_lock.hpp"
#include "adapters/store/journal/journal.hpp"

namespace altmind::daemon {

/// Looks twice a second, and whenever it is asked, whether the directory is still the one that was locked and whether
/// the disk has room, and brings the journal's head to the disk. Sums up in the log what the ledger forgets.
/// Thread-safe.
class StoreWatch {
 public:
  /// `journal` may be null. All are borrowed.
  StoreWatch(std::filesystem::path directory, const store::DirectoryLock& lock, store::Journal* journal,
             const ingest::Ledger& ledger);
  ~StoreWatch();

  /// `lost` runs once, on a thread of the watch, when the directory or a part of it is no longer there.
  void start(std::function<void()> lost);

  /// Looks now: why nothing can be kept in the directory any more, as a sentence, from then on for ever; empty: it can.
  std::string lost() { return lost(false); }
  /// Why nothing can be kept at present, as of the last look: lost, or no room. Empty: it can.
  std::string trouble() const;

 private:
  void run();
  void look_around();
  std::string lost(bool thoroughly);
  std::string look(bool thoroughly) const;
  std::string look_for_room() const;
  void sync_head();
  void tell_forgotten(std::chrono::steady_clock::time_point now);

  const std::filesystem::path directory_;
  const store::DirectoryLock& lock_;
  store::Journal* const journal_;
  const ingest::Ledger& ledger_;

  // The watch's thread only:
  std::function<void()> when_lost_;
  std::chrono::steady_clock::time_point told_at_;
  ingest::Ledger::Forgotten told_;
  bool head_failed_ = false;
  bool told_lost_ = false;

  mutable std::mutex mutex_;  // protects all below
  std::condition_variable changed_;
  std::string lost_;
  std::string no_room_;
  bool stopping_ = false;
  std::jthread thread_;
};

}  // namespace altmind::daemon
