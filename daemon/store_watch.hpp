#pragma once
// Watches a data directory that the daemon has open for changes by others.

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

/// Checks twice a second, and whenever it is asked, that the directory is still the one that was locked and that the
/// disk has room, and syncs the journal's head to disk. Logs summaries of what the ledger has evicted. Thread-safe.
class StoreWatch {
 public:
  /// `journal` may be null. All are borrowed.
  StoreWatch(std::filesystem::path directory, const store::DirectoryLock& lock, store::Journal* journal,
             const ingest::Ledger& ledger);
  ~StoreWatch();

  /// `lost` runs once, on a thread of the watch, when the directory or a part of it is gone.
  void start(std::function<void()> lost);

  /// Checks now. Returns why nothing can be stored in the directory any more, as a sentence (permanent); empty if it
  /// can.
  std::string lost() { return lost(false); }
  /// Returns why nothing can be stored at present, as of the last check: lost, or no room. Empty if it can.
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
