#pragma once
// The learning thread: durable batches in, published snapshots and checkpoints out.

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "adapters/http/routes/routes.hpp"
#include "adapters/ingest/ledger.hpp"
#include "adapters/store/checkpoint/checkpoints.hpp"
#include "adapters/store/journal/journal.hpp"
#include "adapters/telemetry/telemetry.hpp"
#include "core/serve/snapshot.hpp"
#include "core/step/learner.hpp"
#include "daemon/batch_queue.hpp"
#include "daemon/thread_team.hpp"

namespace altmind::daemon {

struct TrainerOptions {
  std::uint64_t checkpoint_batches = 1000;             ///< 0 = never
  std::chrono::milliseconds checkpoint_time{300'000};  ///< 0 = never
  std::uint64_t journal_max_bytes = 4ull << 30;
};

/// Returns why nothing can be saved in the data directory any more; an empty sentence if it can.
using StoreLost = std::function<std::string()>;

struct LastCheckpoint {
  std::uint64_t step = 0;
  std::string file;
  std::chrono::system_clock::time_point written;
};

/// Owns learner and thread. `checkpoints` and `journal` may be null.
class Trainer {
 public:
  Trainer(TrainerOptions options, std::unique_ptr<Learner> learner, ingest::Ledger& learned, BatchQueue& batches,
          SnapshotCell& snapshots, store::Checkpoints* checkpoints, store::Journal* journal,
          telemetry::Telemetry& telemetry);
  ~Trainer();

  /// `observer` is called on the trainer's thread with every batch before it is learned. Call before start().
  void observe(std::function<void(const Batch&)> observer) { observer_ = std::move(observer); }
  /// `lost` is asked before a checkpoint is written. Call before start().
  void heed(StoreLost lost) { store_lost_ = std::move(lost); }
  /// Sets the options in force from the next batch on: until then a checkpoint says what its state was learned with.
  /// Call before start().
  void adopt(LearnerOptions options) { next_options_ = std::move(options); }
  /// Sets the number of threads that a step is spread over; the default is one. Call before start().
  void use_threads(std::size_t count) { threads_ = count; }
  /// `finished` runs on the trainer's thread after the last batch and checkpoint; before it `failed`, once, if learning
  /// threw: nothing more is learned or saved then, since the state may be half a step further. The journal has the
  /// batch; the next start learns it, or skips it if it throws again.
  void start(std::function<void()> finished, std::function<void()> failed = {});
  void join();

  // Any thread:
  void request_checkpoint(std::function<void(http::CheckpointOutcome)> done);
  void set_options(const TrainerOptions& options);
  /// Leaves batches unlearned after this moment: the journal has them.
  void finish_by(std::chrono::steady_clock::time_point deadline);
  std::optional<LastCheckpoint> last_checkpoint() const;
  void set_last_checkpoint(LastCheckpoint last);  ///< what was learned after it is not saved yet
  double samples_per_second() const { return rate_; }
  bool failed() const { return failed_; }                        ///< learning threw; it has ended
  std::string failure() const;                                   ///< the message of the exception
  bool checkpoint_failed() const { return checkpoint_failed_; }  ///< the last attempt failed

  const Learner& learner() const { return *learner_; }  ///< only before start() and after join()

 private:
  void run(const std::function<void()>& finished, const std::function<void()>& failed);
  void gather_team();  ///< throws std::runtime_error if the system cannot start so many threads
  void work();
  void take(const DurableBatch& durable);
  void learn(const DurableBatch& durable);
  void end_task(std::uint64_t last_sequence);
  http::CheckpointOutcome save();
  bool unsaved() const;
  bool checkpoint_due(const TrainerOptions& options) const;
  void answer_requests();
  std::string not_saved() const;
  void update_rate();

  std::unique_ptr<Learner> learner_;
  std::size_t threads_ = 1;
  std::optional<ThreadTeam> team_;  ///< if there is more than one thread
  ingest::Ledger& learned_;
  BatchQueue& batches_;
  SnapshotCell& snapshots_;
  store::Checkpoints* const checkpoints_;
  store::Journal* const journal_;
  telemetry::Telemetry& telemetry_;
  std::function<void(const Batch&)> observer_;
  StoreLost store_lost_;

  // The trainer's thread only:
  std::optional<LearnerOptions> next_options_;
  std::uint64_t saved_step_ = 0;
  bool boundary_unsaved_ = false;  // a boundary took effect after the last checkpoint
  std::uint64_t saved_bytes_ = 0;  // of the journal, after the last checkpoint
  std::chrono::steady_clock::time_point saved_at_;
  std::chrono::steady_clock::time_point rate_at_;
  std::uint64_t rate_samples_ = 0;
  bool told_of_damping_ = false;

  std::atomic<double> rate_ = 0.0;
  std::atomic<bool> failed_ = false;
  std::atomic<bool> checkpoint_failed_ = false;
  mutable std::mutex mutex_;  // protects all below
  TrainerOptions options_;
  std::optional<std::chrono::steady_clock::time_point> deadline_;
  std::vector<std::function<void(http::CheckpointOutcome)>> requests_;
  std::optional<LastCheckpoint> last_;
  bool ended_ = false;
  std::string failure_;
  std::jthread thread_;
};

/// Reports as metrics how well the model of a snapshot learns.
void tell_evaluation(const Snapshot& snapshot, telemetry::Telemetry& telemetry);

/// Returns what a checkpoint holds: the state, the configuration it was learned with, the positions it covers.
store::CheckpointImage checkpoint_image(const Learner& learner, const ingest::Ledger& learned);

}  // namespace altmind::daemon
