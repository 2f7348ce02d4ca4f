#include "daemon/trainer.hpp"

#include <array>
#include <exception>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "adapters/background_thread.hpp"
#include "adapters/memory_error.hpp"
#include "adapters/store/checkpoint/state_codec.hpp"
#include "adapters/telemetry/log.hpp"
#include "config/load.hpp"
#include "core/linalg/blas.hpp"
#include "core/serve/publish.hpp"
#include "core/step/finite.hpp"
#include "core/step/renewal.hpp"
#include "daemon/version.hpp"

namespace altmind::daemon {

using Clock = std::chrono::steady_clock;

namespace {

/// Says what an alarm has led to.
std::string told(ConsolidationAction action) {
  switch (action) {
    case ConsolidationAction::consolidated:
      return "the stream has moved on; what was learned is protected";
    case ConsolidationAction::yielded:
      return "protection predicted worse than learning without it; what was protected is let go";
    default:
      return "labels have changed; what was protected is released";
  }
}

/// Logs an alarm of the consolidated memory, with its evidence.
void tell_alarm(const StepReport& report) {
  const ConsolidationReport& alarm = report.consolidation;
  if (alarm.action == ConsolidationAction::none) return;
  log(telemetry::LogLevel::warning, told(alarm.action),
      {{"step", std::to_string(report.step)},
       {"unlikeness", std::to_string(alarm.novelty_score)},
       {"usual_unlikeness", std::to_string(alarm.usual_novelty_score)},
       {"error", std::to_string(alarm.error)},
       {"usual_error", std::to_string(alarm.error_before)},
       {"unseen_labels", std::to_string(alarm.unseen_labels)}});
}

/// Logs a step that was undone, and what follows when nothing can be learned any more.
void tell_incident(const StepReport& report) {
  const std::string step = std::to_string(report.step);
  const std::string sequence = std::to_string(report.sequence);
  // Of many in a row, log the first and then every hundredth.
  if (report.unlearned == 1 || (report.unlearned > 0 && report.unlearned % renewal_patience == 0)) {
    log(report.skipped ? telemetry::LogLevel::warning : telemetry::LogLevel::error,
        report.skipped
            ? "skipped a batch: its codes were not finite"
            : "undid a step: weights or memory would not have been finite; continuing with the previous ones",
        {{"step", step}, {"last_sequence", sequence}, {"in_a_row", std::to_string(report.unlearned)}});
  }
  if (report.unlearned == not_learning_batches) {
    log(telemetry::LogLevel::error, "no batch could be learned lately: not ready until one can",
        {{"batches", std::to_string(report.unlearned)}});
  }
  if (report.renewed == Renewal::none) return;
  log(telemetry::LogLevel::error,
      report.renewed == Renewal::memory
          ? "nothing could be learned for many batches: second moments and averages were reset; weights are kept"
          : "nothing could be learned for many batches: weights and memory were reset; names, scores and statistics "
            "are kept",
      {{"step", step}, {"last_sequence", sequence}});
}

}  // namespace

store::CheckpointImage checkpoint_image(const Learner& learner, const ingest::Ledger& learned) {
  if (const std::string part = not_finite(learner.state()); !part.empty()) {
    throw store::CheckpointError("the state is not finite (" + part + "): it is not saved");
  }
  store::CheckpointImage image = store::encode_state(learner.state());
  image.metadata["learning"] = config::learner_options_to_json(learner.options());
  image.metadata["ledger"] = learned.to_json();
  image.metadata["blas_kernel"] = blas_kernel();
  image.metadata["build"] = std::string("altmind ") + version + ", " + compiler;
  return image;
}

void tell_evaluation(const Snapshot& snapshot, telemetry::Telemetry& telemetry) {
  std::vector<std::string> names;
  names.reserve(snapshot.class_samples.size());
  for (std::uint32_t k = 0; k < snapshot.class_samples.size(); ++k) names.push_back(snapshot.class_name(k));
  telemetry.prequential(snapshot.prequential_whole, snapshot.prequential_window, names, snapshot.class_samples,
                        snapshot.class_correct);
  telemetry.drift(snapshot.drift);
  telemetry.holdout(snapshot.holdout);
}

namespace {

void log_alarm(const DriftAlarm& alarm) {
  const Change& change = alarm.change;
  log(telemetry::LogLevel::warning, "drift: the prequential loss has risen",
      {{"detector", std::string(detector_names[static_cast<std::size_t>(alarm.detector)])},
       {"sample", std::to_string(alarm.sample)},
       {"since", std::to_string(change.since)},
       {"before", std::to_string(change.before)},
       {"after", std::to_string(change.after)},
       {"statistic", std::to_string(change.statistic)},
       {"threshold", std::to_string(change.threshold)}});
}

}  // namespace

Trainer::Trainer(TrainerOptions options, std::unique_ptr<Learner> learner, ingest::Ledger& learned, BatchQueue& batches,
                 SnapshotCell& snapshots, store::Checkpoints* checkpoints, store::Journal* journal,
                 telemetry::Telemetry& telemetry)
    : learner_(std::move(learner)),
      learned_(learned),
      batches_(batches),
      snapshots_(snapshots),
      checkpoints_(checkpoints),
      journal_(journal),
      telemetry_(telemetry),
      saved_at_(Clock::now()),
      rate_at_(Clock::now()),
      rate_samples_(learner_->state().samples),
      options_(options) {}

Trainer::~Trainer() {
  batches_.close();
  join();
}

void Trainer::start(std::function<void()> finished, std::function<void()> failed) {
  thread_ = std::jthread([this, finished = std::move(finished), failed = std::move(failed)] { run(finished, failed); });
}

void Trainer::join() {
  if (thread_.joinable()) thread_.join();
}

void Trainer::run(const std::function<void()>& finished, const std::function<void()>& failed) {
  adapters::enter_background("trainer", 10);
  try {
    gather_team();
    work();
  } catch (const std::exception& error) {
    {
      const std::lock_guard lock(mutex_);
      failure_ = adapters::words_of(error);
    }
    failed_ = true;
    log(telemetry::LogLevel::error, "learning has failed and stopped; the journal has what was acknowledged",
        {{"after_step", std::to_string(snapshots_.load()->step)}, {"error", adapters::words_of(error)}});
    if (failed) failed();
  }
  batches_.close();  // the rest is journalled; the writer must not wait for room
  const auto last = last_checkpoint();
  const bool saved = last && last->step == learner_->state().step && !boundary_unsaved_ && !checkpoint_failed_;
  if (checkpoints_ != nullptr && !failed_ && !saved) save();
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  answer_requests();
  finished();
}

void Trainer::gather_team() {
  if (threads_ < 2) return;
  try {
    team_.emplace(threads_);
  } catch (const std::system_error& error) {
    throw std::runtime_error("learning.threads: " + std::to_string(threads_) + " cannot be had: " + error.what());
  }
}

void Trainer::work() {
  if (const auto last = last_checkpoint()) saved_step_ = last->step;  // a long replay need not be repeated
  for (;;) {
    TrainerOptions options;
    std::optional<Clock::time_point> deadline;
    {
      const std::lock_guard lock(mutex_);
      options = options_;
      deadline = deadline_;
    }
    if (deadline && Clock::now() >= *deadline) break;
    const bool timed = checkpoints_ != nullptr && unsaved() && options.checkpoint_time.count() > 0;
    auto batch = batches_.pop(timed ? std::optional(saved_at_ + options.checkpoint_time) : std::nullopt);
    if (batch) take(*batch);
    answer_requests();
    if (checkpoint_due(options)) save();
    if (!batch && batches_.drained()) break;
  }
}

void Trainer::take(const DurableBatch& durable) {
  if (durable.boundary) {
    end_task(durable.batch.last_sequence);
  } else {
    learn(durable);
  }
}

void Trainer::end_task(std::uint64_t last_sequence) {
  // With the options of the last batch: what there is to protect was learned with them.
  const bool consolidated = learner_->consolidate();
  log(telemetry::LogLevel::info,
      consolidated ? "an operator announced a boundary; what was learned is protected"
                   : "an operator announced a boundary; nothing was learned since the last one that could be protected",
      {{"after_sample", std::to_string(last_sequence)}, {"step", std::to_string(learner_->state().step)}});
  if (!consolidated) return;
  boundary_unsaved_ = true;
  telemetry_.announced();
  auto snapshot = snapshot_of(Learner(next_options_.value_or(learner_->options()), learner_->state()));
  tell_evaluation(*snapshot, telemetry_);
  snapshots_.publish(std::move(snapshot));
}

void Trainer::learn(const DurableBatch& durable) {
  if (observer_) observer_(durable.batch);
  if (next_options_ && *next_options_ != learner_->options()) {
    learner_ = std::make_unique<Learner>(*next_options_, learner_->state());
  }
  next_options_.reset();
  std::array<double, phase_count> seconds{};
  auto began = Clock::now();
  const auto phase_ended = [&](Phase phase) {
    const auto now = Clock::now();
    seconds[static_cast<std::size_t>(phase)] = std::chrono::duration<double>(now - began).count();
    began = now;
  };
  const ForAll for_all =
      team_ ? ForAll([this](std::size_t n, const Part& part) { team_->for_all(n, part); }) : ForAll(one_by_one);
  const StepReport report = learner_->step(durable.batch, phase_ended, for_all);
  for (const Mark& mark : durable.marks) learned_.record(mark.origin, mark.samples, mark.last_sequence);
  auto snapshot = snapshot_of(*learner_);
  telemetry_.stepped(report, seconds);
  tell_evaluation(*snapshot, telemetry_);
  snapshots_.publish(std::move(snapshot));
  tell_alarm(report);
  for (const DriftAlarm& alarm : report.alarms) log_alarm(alarm);
  tell_incident(report);
  for (std::size_t l = 0; l < report.layers.size() && !told_of_damping_; ++l) {
    if (!report.layers[l].damping_raised) continue;
    told_of_damping_ = true;
    log(telemetry::LogLevel::warning,
        "memory.damping is too small to solve with in single precision; a larger one is in force",
        {{"layer", std::to_string(l + 1)}, {"damping", std::to_string(report.layers[l].damping)}});
  }
  update_rate();
}

void Trainer::update_rate() {
  const auto now = Clock::now();
  const double seconds = std::chrono::duration<double>(now - rate_at_).count();
  if (seconds < 1.0) return;
  const std::uint64_t samples = learner_->state().samples;
  rate_ = static_cast<double>(samples - rate_samples_) / seconds;
  rate_at_ = now;
  rate_samples_ = samples;
}

bool Trainer::unsaved() const {
  return learner_->state().step != saved_step_ || boundary_unsaved_ || checkpoint_failed_;
}

bool Trainer::checkpoint_due(const TrainerOptions& options) const {
  if (checkpoints_ == nullptr || !unsaved()) return false;
  const std::uint64_t steps = learner_->state().step - saved_step_;
  if (options.checkpoint_batches > 0 && steps >= options.checkpoint_batches) return true;
  if (options.checkpoint_time.count() > 0 && Clock::now() >= saved_at_ + options.checkpoint_time) return true;
  // Trimming deletes whole segments, and only those that the older checkpoint does not need: ask again only after the
  // journal has grown by a good part of its limit.
  return journal_ != nullptr && journal_->bytes() > options.journal_max_bytes &&
         journal_->bytes() > saved_bytes_ + options.journal_max_bytes / 8;
}

http::CheckpointOutcome Trainer::save() {
  http::CheckpointOutcome outcome;
  outcome.step = learner_->state().step;
  if (checkpoints_ == nullptr) {
    outcome.error = "there is no store.directory";
    return outcome;
  }
  const auto began = Clock::now();
  saved_at_ = began;  // after a failure too: the next try waits for the interval
  saved_step_ = outcome.step;
  try {
    if (const std::string lost = store_lost_ ? store_lost_() : std::string(); !lost.empty()) {
      throw std::runtime_error(lost);
    }
    const std::uint64_t needed_after = checkpoints_->save(outcome.step, checkpoint_image(*learner_, learned_));
    outcome.file = checkpoints_->files().back().string();
    if (journal_ != nullptr) {
      journal_->trim(needed_after);
      saved_bytes_ = journal_->bytes();
    }
  } catch (const std::exception& error) {
    outcome.error = adapters::words_of(error);
    checkpoint_failed_ = true;
    if (journal_ != nullptr) saved_bytes_ = journal_->bytes();
    telemetry_.checkpoint_failed();
    log(telemetry::LogLevel::error, "a checkpoint failed", {{"error", outcome.error}});
    return outcome;
  }
  outcome.saved = true;
  checkpoint_failed_ = false;
  boundary_unsaved_ = false;
  const auto now = std::chrono::system_clock::now();
  telemetry_.checkpoint_saved(std::chrono::duration<double>(Clock::now() - began).count(),
                              std::chrono::duration<double>(now.time_since_epoch()).count());
  set_last_checkpoint({outcome.step, outcome.file, now});
  log(telemetry::LogLevel::info, "checkpoint", {{"step", std::to_string(outcome.step)}, {"file", outcome.file}});
  return outcome;
}

void Trainer::answer_requests() {
  std::vector<std::function<void(http::CheckpointOutcome)>> requests;
  bool ended = false;
  {
    const std::lock_guard lock(mutex_);
    requests.swap(requests_);
    ended = ended_;
  }
  if (requests.empty()) return;
  http::CheckpointOutcome outcome;
  if (ended) {
    outcome.error = not_saved();
  } else {
    outcome = save();
  }
  for (const auto& done : requests) done(outcome);
}

/// Returns why checkpoints are no longer saved.
std::string Trainer::not_saved() const {
  return failed_ ? "learning has failed: " + failure() : "the daemon is stopping";
}

std::string Trainer::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void Trainer::request_checkpoint(std::function<void(http::CheckpointOutcome)> done) {
  bool ended = false;
  {
    const std::lock_guard lock(mutex_);
    ended = ended_;
    if (!ended) requests_.push_back(std::move(done));
  }
  if (ended) {
    done({false, 0, {}, not_saved()});
  } else {
    batches_.wake();
  }
}

void Trainer::set_options(const TrainerOptions& options) {
  const std::lock_guard lock(mutex_);
  options_ = options;
}

void Trainer::finish_by(Clock::time_point deadline) {
  const std::lock_guard lock(mutex_);
  deadline_ = deadline;
}

std::optional<LastCheckpoint> Trainer::last_checkpoint() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

void Trainer::set_last_checkpoint(LastCheckpoint last) {
  const std::lock_guard lock(mutex_);
  last_ = std::move(last);
}

}  // namespace altmind::daemon
