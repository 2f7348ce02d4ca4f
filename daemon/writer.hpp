#pragma once
// The journalling thread: groups in, durable batches out.

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "adapters/ingest/ledger.hpp"
#include "adapters/ingest/missing_values.hpp"
#include "adapters/store/journal/journal.hpp"
#include "adapters/telemetry/telemetry.hpp"
#include "daemon/batch_queue.hpp"
#include "daemon/sample_queue.hpp"

namespace altmind::daemon {

struct WriterOptions {
  std::chrono::milliseconds max_batch_age{1000};  ///< 0 = never
  bool cut_at_end = false;  ///< cut the open batch when the queue closes (a finite input, or no journal)
  /// Asked before samples are reported durable: why they are not after all. An empty sentence if they are.
  std::function<std::string()> lost = {};
  std::vector<Column> columns = {};  ///< the schema, for counting what is missing
};

/// Owns batcher and thread. `journal` may be null: samples are then acknowledged when they are admitted, and durable
/// with the next checkpoint.
class Writer {
 public:
  Writer(WriterOptions options, store::Journal* journal, std::uint64_t last_sequence, Batcher batcher,
         SampleQueue& queue, BatchQueue& batches, ingest::Ledger& ledger, ingest::IngestProbe& probe,
         telemetry::Telemetry& telemetry);
  ~Writer();

  void start();
  void join();  ///< returns when the queue is closed and drained: every group has its receipt
  bool failed() const { return failed_; }                  ///< the journal failed: nothing more is admitted
  const std::string& failure() const { return failure_; }  ///< why; valid once failed() is true
  bool full() const { return full_; }  ///< the disk is full: senders that cannot wait are refused until it has room

 private:
  void run();
  void write(std::vector<SampleQueue::Entry>& entries);
  void make_durable(std::vector<SampleQueue::Entry>& entries, std::size_t& told);
  static void tell(const SampleQueue::Entry& entry, const Receipt& receipt);
  void refuse_rest();
  void hold(std::vector<SampleQueue::Entry> entries, const std::string& why);
  void synced();
  void check_store() const;
  void fail(const char* why);
  std::uint64_t append(const Group& group);
  std::uint64_t append_boundary();
  void emit(std::vector<DurableBatch>& full);
  void cut();

  const WriterOptions options_;
  store::Journal* const journal_;
  const std::size_t round_;  ///< samples that one round takes from the queue
  std::uint64_t sequence_;
  std::optional<std::uint64_t> announced_;  ///< `sequence_` at the last boundary
  Batcher batcher_;
  const ingest::MissingCounter missing_;
  std::chrono::steady_clock::time_point opened_;  ///< when the open batch got its first sample
  SampleQueue& queue_;
  BatchQueue& batches_;
  ingest::Ledger& ledger_;
  ingest::IngestProbe& probe_;
  telemetry::Telemetry& telemetry_;
  std::string failure_;  ///< constant once failed_ is true
  std::atomic<bool> failed_ = false;
  std::atomic<bool> full_ = false;
  bool full_told_ = false;  ///< used by the writer's thread only
  std::jthread thread_;
};

}  // namespace altmind::daemon
