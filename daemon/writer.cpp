#include "daemon/writer.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "adapters/background_thread.hpp"
#include "adapters/telemetry/log.hpp"

namespace altmind::daemon {

using Clock = std::chrono::steady_clock;

namespace {

/// Bytes of features that one write and fsync makes durable: enough to share the cost of an fsync, little
/// enough that the trainer does not run out of batches meanwhile.
constexpr std::size_t round_bytes = 4 << 20;

/// How long a round waits to become that full when nobody waits for it and the trainer has work: twenty syncs a
/// second cost little.
constexpr std::chrono::milliseconds round_patience{50};

}  // namespace

Writer::Writer(WriterOptions options, store::Journal* journal, std::uint64_t last_sequence, Batcher batcher,
               SampleQueue& queue, BatchQueue& batches, ingest::Ledger& ledger, ingest::IngestProbe& probe,
               telemetry::Telemetry& telemetry)
    : options_(options),
      journal_(journal),
      round_(std::max<std::size_t>(1, round_bytes / (sizeof(float) * batcher.inputs()))),
      sequence_(last_sequence),
      batcher_(std::move(batcher)),
      opened_(Clock::now()),
      queue_(queue),
      batches_(batches),
      ledger_(ledger),
      probe_(probe),
      telemetry_(telemetry) {}

Writer::~Writer() {
  queue_.close();
  batches_.close();  // a writer waiting for the trainer must not wait for ever
}

void Writer::start() {
  thread_ = std::jthread([this] { run(); });
}

void Writer::join() {
  if (thread_.joinable()) thread_.join();
}

void Writer::run() {
  adapters::enter_background("writer", 5);
  const bool ages = options_.max_batch_age.count() > 0;
  const auto patience = [this] {
    return journal_ != nullptr && !batches_.empty() ? round_patience : std::chrono::milliseconds{0};
  };
  try {
    for (;;) {
      const bool open = batcher_.open_samples() > 0;
      const auto deadline = ages && open ? std::optional(opened_ + options_.max_batch_age) : std::nullopt;
      auto entries = queue_.take(deadline, round_, patience);
      if (!entries) break;
      write(*entries);
      if (ages && batcher_.open_samples() > 0 && Clock::now() >= opened_ + options_.max_batch_age) cut();
    }
    if (options_.cut_at_end) cut();
  } catch (const std::exception& error) {
    // After a failed write or fsync nothing more can be promised: stop admitting, keep predicting.
    failed_ = true;
    log(telemetry::LogLevel::error, "the journal refused samples; learning has stopped", {{"error", error.what()}});
    queue_.close();
    while (auto rest = queue_.take(std::nullopt)) {
      for (const SampleQueue::Entry& entry : *rest) entry.on_durable({false, 0});
    }
  }
  batches_.close();
}

void Writer::write(std::vector<SampleQueue::Entry>& entries) {
  if (entries.empty()) return;
  const auto begin = Clock::now();
  std::vector<std::uint64_t> last(entries.size());
  try {
    for (std::size_t i = 0; i < entries.size(); ++i) {
      last[i] = entries[i].boundary ? append_boundary() : append(entries[i].group);
    }
    if (journal_ != nullptr) {
      journal_->sync();
      const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
      telemetry_.journal_appended(seconds, journal_->bytes());
    }
  } catch (...) {
    failed_ = true;  // before anybody is told: whoever asks then must hear the same
    for (const SampleQueue::Entry& entry : entries) entry.on_durable({false, 0});
    throw;
  }

  std::vector<DurableBatch> full;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].boundary) {
      entries[i].on_durable({true, last[i]});
      batcher_.announce(last[i], full);
      continue;
    }
    Group& group = entries[i].group;
    const std::uint64_t count = group.samples.count;
    ledger_.record(group.origin, count, last[i]);
    probe_.accepted(group.origin.source, count);
    entries[i].on_durable({true, last[i]});
    const bool was_open = batcher_.open_samples() > 0;
    batcher_.push(std::move(group), last[i] - count + 1, 0, full);
    if (!was_open || !full.empty()) opened_ = begin;
  }
  telemetry_.queue(queue_.samples(), queue_.capacity());
  emit(full);
}

std::uint64_t Writer::append(const Group& group) {
  return sequence_ = journal_ != nullptr ? journal_->append(group) : sequence_ + group.samples.count;
}

std::uint64_t Writer::append_boundary() {
  // Said again at the same place it means nothing: whoever repeats it does not fill the disk.
  if (journal_ != nullptr && announced_ != sequence_) journal_->append_boundary();
  announced_ = sequence_;
  return sequence_;
}

void Writer::emit(std::vector<DurableBatch>& full) {
  for (DurableBatch& batch : full) batches_.push(std::move(batch));
  full.clear();
}

void Writer::cut() {
  if (batcher_.open_samples() == 0) return;
  if (journal_ != nullptr) {
    journal_->append_cut();
    journal_->sync();
  }
  if (auto batch = batcher_.cut()) batches_.push(std::move(*batch));
}

}  // namespace altmind::daemon
