#pragma once
// Everything between a sample's admission and a published snapshot: queue, writer, trainer and their store.

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "adapters/store/checkpoint/checkpoints.hpp"
#include "adapters/store/directory_lock.hpp"
#include "adapters/store/journal/journal.hpp"
#include "adapters/telemetry/telemetry.hpp"
#include "config/config.hpp"
#include "daemon/batch_queue.hpp"
#include "daemon/recovery.hpp"
#include "daemon/sample_queue.hpp"
#include "daemon/store_watch.hpp"
#include "daemon/trainer.hpp"
#include "daemon/writer.hpp"

namespace altmind::daemon {

struct PipelineOptions {
  std::optional<std::filesystem::path> directory;  ///< nullopt: no files at all
  bool journal = true;
  bool require_empty = false;     ///< refuse a directory that already holds a model
  bool truncate_journal = false;  ///< truncate a damaged journal instead of refusing it
  bool cut_at_end = false;        ///< also learn the open batch when the queue has closed
  ReplayHooks replay{};
};

/// Construction locks the directory, recovers and opens the journal, but starts nothing. Members are in construction
/// order: that is the ownership graph.
class Pipeline {
 public:
  /// Throws DirectoryLocked, WrongDirectory, JournalError, CheckpointError.
  Pipeline(const config::Config& config, PipelineOptions options, ingest::IngestProbe& probe,
           telemetry::Telemetry& telemetry);

  ~Pipeline();  ///< drains admitted samples

  void start(std::function<void()> finished);
  /// Stops admission. With a journal, what is not learned by `deadline` is left for the next start.
  void stop(std::optional<std::chrono::steady_clock::time_point> deadline);
  void join() { trainer_->join(); }

  SampleQueue& queue() { return *queue_; }
  ingest::Ledger& ledger() { return ledger_; }
  SnapshotCell& snapshots() const { return *snapshots_; }
  Trainer& trainer() { return *trainer_; }
  const Trainer& trainer() const { return *trainer_; }
  const Writer& writer() const { return *writer_; }
  /// Returns why nothing can be stored at present, as a sentence; empty if it can.
  std::string store_trouble() const { return watch_ ? watch_->trouble() : std::string(); }
  /// True if something was, or would have been, acknowledged or learned and could not be stored: the run has not
  /// succeeded.
  bool failed() const;
  const store::Journal* journal() const { return journal_ ? &*journal_ : nullptr; }
  std::uint64_t replayed_batches() const { return replayed_; }

 private:
  std::optional<store::DirectoryLock> lock_;
  ingest::Ledger ledger_;   ///< of everything durable: queried by sources and HTTP
  ingest::Ledger learned_;  ///< of everything learned: stored in checkpoints
  std::optional<store::Journal> journal_;
  std::optional<store::Checkpoints> checkpoints_;
  std::unique_ptr<SnapshotCell> snapshots_;
  std::unique_ptr<SampleQueue> queue_;
  BatchQueue batches_;
  std::unique_ptr<Trainer> trainer_;
  std::unique_ptr<Writer> writer_;
  std::uint64_t replayed_ = 0;
  std::optional<StoreWatch> watch_;
};

TrainerOptions trainer_options(const store::StoreOptions& store);

}  // namespace altmind::daemon
