#include "daemon/writer.hpp"

#include <algorithm>
#include <exception>
#include <new>
#include <stdexcept>
#include <utility>

#include "adapters/background_thread.hpp"
#include "adapters/memory_error.hpp"
#include "adapters/telemetry/log.hpp"

namespace altmind::daemon {

using Clock = std::chrono::steady_clock;

namespace {

/// Bytes of features that one write and fsync makes durable: enough to share the cost of an fsync, little
/// enough that the trainer does not run out of batches meanwhile.
constexpr std::size_t round_bytes = 4 << 20;

/// How long a round waits to become that full when no sender waits for it and the trainer has work: twenty syncs a
/// second cost little.
constexpr std::chrono::milliseconds round_linger{50};

/// How often a full disk is retried.
constexpr std::chrono::milliseconds retry_every{250};

}  // namespace

Writer::Writer(WriterOptions options, store::Journal* journal, std::uint64_t last_sequence, Batcher batcher,
               SampleQueue& queue, BatchQueue& batches, ingest::Ledger& ledger, ingest::IngestProbe& probe,
               telemetry::Telemetry& telemetry)
    : options_(std::move(options)),
      journal_(journal),
      round_(std::max<std::size_t>(1, round_bytes / (sizeof(float) * batcher.inputs()))),
      sequence_(last_sequence),
      batcher_(std::move(batcher)),
      missing_(options_.columns),
      opened_(Clock::now()),
      queue_(queue),
      batches_(batches),
      ledger_(ledger),
      probe_(probe),
      telemetry_(telemetry) {}

Writer::~Writer() {
  queue_.close();
  batches_.close();  // a writer waiting for the trainer must not wait forever
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
  const auto linger = [this] {
    return journal_ != nullptr && !batches_.empty() ? round_linger : std::chrono::milliseconds{0};
  };
  try {
    for (;;) {
      const bool open = batcher_.open_samples() > 0;
      const auto deadline = ages && open ? std::optional(opened_ + options_.max_batch_age) : std::nullopt;
      auto entries = queue_.take(deadline, round_, linger);
      if (!entries) break;
      write(*entries);
      if (ages && batcher_.open_samples() > 0 && Clock::now() >= opened_ + options_.max_batch_age) cut();
    }
    if (options_.cut_at_end || ages) cut();  // the batch would come of age while the daemon is down
  } catch (const std::exception& error) {
    // After a failed write or fsync nothing more can be promised: stop admitting, keep predicting.
    fail(adapters::words_of(error));
    log(telemetry::LogLevel::error, "the journal refused samples; learning has stopped",
        {{"error", adapters::words_of(error)}});
    queue_.close();
    refuse_rest();
  }
  batches_.close();
}

void Writer::fail(const char* why) {
  if (failed_) return;
  failure_ = why;
  failed_ = true;
}

void Writer::refuse_rest() {
  for (int failures = 0; failures < 100;) {
    try {
      const auto rest = queue_.take(std::nullopt);
      if (!rest) return;
      for (const SampleQueue::Entry& entry : *rest) tell(entry, {false, 0});
    } catch (const std::bad_alloc&) {
      ++failures;  // nothing was taken; others may free memory
    }
  }
}

/// Every waiting sender is answered once, whatever happened to those before it.
void Writer::tell(const SampleQueue::Entry& entry, const Receipt& receipt) {
  try {
    entry.on_durable(receipt);
  } catch (const std::exception& error) {
    log(telemetry::LogLevel::error, "a sender could not be answered", {{"error", error.what()}});
  }
}

void Writer::write(std::vector<SampleQueue::Entry>& entries) {
  if (entries.empty()) return;
  std::size_t told = 0;
  const std::uint64_t sequence = sequence_;
  const std::optional<std::uint64_t> announced = announced_;
  try {
    make_durable(entries, told);
  } catch (const store::JournalFull& full) {
    sequence_ = sequence;
    announced_ = announced;
    hold(std::move(entries), full.what());
  } catch (const std::exception& error) {
    fail(adapters::words_of(error));  // before any receipt: a sender that asks then must get the same answer
    for (; told < entries.size(); ++told) tell(entries[told], {false, 0});
    throw;
  }
}

/// Waits until the disk has room again. Senders that can wait (a file, a generator) do; others are told that their
/// samples are not durable. Throws if the queue is closed meanwhile.
void Writer::hold(std::vector<SampleQueue::Entry> entries, const std::string& why) {
  full_ = true;  // before any receipt
  if (!std::exchange(full_told_, true)) {
    log(telemetry::LogLevel::error, "the disk is full; learning waits until there is room", {{"error", why}});
  }
  for (bool room = false; !room;) {
    for (const SampleQueue::Entry& entry : queue_.put_back(std::exchange(entries, {}))) tell(entry, {false, 0});
    if (queue_.wait_for_close(retry_every)) throw std::runtime_error(why);
    try {
      journal_->try_again();
      room = true;
    } catch (const store::JournalFull&) {
      // Not yet.
    }
  }
  // There is a little room at least. The next round shows whether it is enough; if nothing waits, admit samples to find
  // out.
  if (queue_.samples() == 0) full_ = false;
}

void Writer::check_store() const {
  if (const std::string reason = options_.lost ? options_.lost() : std::string(); !reason.empty()) {
    throw std::runtime_error(reason);
  }
}

/// Called when a round or a cut is on disk.
void Writer::synced() {
  full_ = false;
  if (!std::exchange(full_told_, false)) return;
  log(telemetry::LogLevel::info, "the disk has room again; learning goes on");
}

/// `told`: the number of entries that have their receipt.
void Writer::make_durable(std::vector<SampleQueue::Entry>& entries, std::size_t& told) {
  const auto begin = Clock::now();
  check_store();  // refused samples should not be in the journal either, as far as possible
  std::vector<std::uint64_t> last(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    last[i] = entries[i].boundary ? append_boundary() : append(entries[i].group);
  }
  if (journal_ != nullptr) {
    journal_->sync();
    synced();
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    telemetry_.journal_appended(seconds, journal_->bytes());
  }
  check_store();

  std::vector<DurableBatch> full;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].boundary) {
      tell(entries[told++], {true, last[i]});
      batcher_.announce(last[i], full);
      continue;
    }
    Group& group = entries[i].group;
    const std::uint64_t count = group.samples.count;
    ledger_.record(group.origin, count, last[i]);
    const ingest::MissingValues missing = missing_.count(group.samples);
    if (missing.values > 0) probe_.missing(group.origin.source, missing);
    probe_.accepted(group.origin.source, count);
    tell(entries[told++], {true, last[i]});
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
  // A repetition at the same place means nothing: repeated announcements must not fill the disk.
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
  try {
    if (journal_ != nullptr) {
      journal_->append_cut();
      journal_->sync();
      synced();
    }
  } catch (const store::JournalFull& full) {
    return hold({}, full.what());  // it is still due
  }
  if (auto batch = batcher_.cut()) batches_.push(std::move(*batch));
}

}  // namespace altmind::daemon
