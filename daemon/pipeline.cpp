#include "daemon/pipeline.hpp"

#include <algorithm>
#include <utility>

#include "adapters/store/journal/journal_head.hpp"
#include "adapters/telemetry/log.hpp"
#include "config/load.hpp"
#include "config/memory_need.hpp"
#include "core/serve/publish.hpp"

namespace altmind::daemon {

namespace {

bool holds_state(const std::filesystem::path& directory) {
  for (const auto& part : {journal_directory(directory), checkpoint_directory(directory)}) {
    if (std::filesystem::exists(part) && !std::filesystem::is_empty(part)) return true;
  }
  return false;
}

}  // namespace

TrainerOptions trainer_options(const store::StoreOptions& store) {
  return {store.checkpoint_batches, store.checkpoint_time, store.journal_max_bytes};
}

Pipeline::Pipeline(const config::Config& config, PipelineOptions options, ingest::IngestProbe& probe,
                   telemetry::Telemetry& telemetry)
    : batches_(config::batches_ahead(config.learner)) {
  std::unique_ptr<Learner> learner;
  std::unique_ptr<Batcher> batcher;
  LabelTable labels;
  Vocabularies categories;
  std::uint64_t last_sequence = 0;
  std::optional<LastCheckpoint> last_checkpoint;

  if (options.directory) {
    const std::filesystem::path& directory = *options.directory;
    lock_.emplace(directory);
    if (options.require_empty && holds_state(directory)) {
      throw WrongDirectory("store.directory " + directory.string() +
                           " already holds a model; name an empty directory, or go on with what it holds");
    }
    if (options.require_empty) store::remove_head(journal_directory(directory));  // left over from a removed one
    store::JournalOptions journal;
    journal.directory = journal_directory(directory);
    journal.segment_bytes = std::clamp<std::uint64_t>(config.store.journal_max_bytes / 8, 1 << 20, 64 << 20);
    const bool journalled = std::filesystem::exists(journal.directory) || store::read_head(journal.directory);
    if (options.truncate_journal && journalled) {
      journal.truncate_damage = true;
      const store::Journal cut(journal, config.learner.model.spec, 1);
      if (!cut.repairs().empty()) log(telemetry::LogLevel::warning, cut.repairs());
      journal.truncate_damage = false;
    }
    Recovered recovered = recover(directory, &config.learner, std::nullopt, ledger_, learned_, options.replay);
    for (const std::string& warning : recovered.warnings) log(telemetry::LogLevel::warning, warning);
    learner = std::move(recovered.learner);
    batcher = std::move(recovered.batcher);
    labels = std::move(recovered.labels);
    categories = std::move(recovered.categories);
    last_sequence = recovered.last_sequence;
    replayed_ = recovered.replayed_batches;
    if (recovered.skipped_batches > 0) {
      log(telemetry::LogLevel::error, "batches that cannot be learned were skipped",
          {{"batches", std::to_string(recovered.skipped_batches)}});
    }
    telemetry.replayed(replayed_);
    checkpoints_.emplace(checkpoint_directory(directory), config.store.keep);
    if (const auto& file = recovered.checkpoint_file; !file.empty()) {
      const auto written = std::chrono::file_clock::to_sys(std::filesystem::last_write_time(file));
      last_checkpoint = {recovered.checkpoint_step, file.string(),
                         std::chrono::time_point_cast<std::chrono::system_clock::duration>(written)};
    }
    if (recovered.found && recovered.options != config.learner) {
      log(telemetry::LogLevel::info, "the learning configuration has changed; the next batch uses it");
    }
    if (options.journal) {
      journal_.emplace(std::move(journal), config.learner.model.spec, learner->state().sequence + 1);
      if (!journal_->repairs().empty()) log(telemetry::LogLevel::warning, journal_->repairs());
      journal_->append_config(config::learner_options_to_json(config.learner));
      journal_->sync();
    }
  }
  if (!learner) {
    learner = std::make_unique<Learner>(config.learner);
    batcher = std::make_unique<Batcher>(config.learner.model.spec, config.learner.learning.batch_size);
    labels = learner->state().labels;
    categories = *learner->state().categories;
  }
  std::vector<DurableBatch> full;
  batcher->resize(config.learner.learning.batch_size, full);
  snapshots_ = std::make_unique<SnapshotCell>(snapshot_of(Learner(config.learner, learner->state())));
  queue_ = std::make_unique<SampleQueue>(config.learner.model.spec, config::queue_capacity(config), std::move(labels),
                                         std::move(categories));
  telemetry.queue(0, queue_->capacity());
  const double saved_at =
      last_checkpoint ? std::chrono::duration<double>(last_checkpoint->written.time_since_epoch()).count() : 0.0;
  const auto first = snapshots_->load();
  telemetry.resumed(first->step, journal_ ? journal_->bytes() : 0, saved_at);
  tell_evaluation(*first, telemetry);
  for (DurableBatch& batch : full) batches_.push(std::move(batch));
  trainer_ =
      std::make_unique<Trainer>(trainer_options(config.store), std::move(learner), learned_, batches_, *snapshots_,
                                checkpoints_ ? &*checkpoints_ : nullptr, journal_ ? &*journal_ : nullptr, telemetry);
  trainer_->adopt(config.learner);
  trainer_->use_threads(config.threads);
  if (last_checkpoint) trainer_->set_last_checkpoint(*last_checkpoint);
  StoreLost lost;
  if (lock_) {
    watch_.emplace(*options.directory, *lock_, journal_ ? &*journal_ : nullptr, ledger_);
    lost = [this] { return watch_->lost(); };
    trainer_->heed(lost);
  }
  writer_ = std::make_unique<Writer>(
      WriterOptions{config.max_batch_age, options.cut_at_end || !journal_, lost, config.learner.model.spec.columns},
      journal_ ? &*journal_ : nullptr, last_sequence, std::move(*batcher), *queue_, batches_, ledger_, probe,
      telemetry);
}

Pipeline::~Pipeline() {
  queue_->close();
  trainer_->join();
}

bool Pipeline::failed() const {
  return writer_->failed() || trainer_->failed() || trainer_->checkpoint_failed();
}

void Pipeline::start(std::function<void()> finished) {
  if (watch_) watch_->start([this] { queue_->close(); });
  writer_->start();  // first: the trainer, which may end at once, joins it
  // The trainer may end before the writer, which still acknowledges what is journalled: join the writer, so that no
  // receipt comes after its receivers are gone.
  trainer_->start(
      [this, finished = std::move(finished)] {
        writer_->join();
        finished();
      },
      [this] { queue_->close(); });
}

void Pipeline::stop(std::optional<std::chrono::steady_clock::time_point> deadline) {
  if (deadline && journal_) trainer_->finish_by(*deadline);
  queue_->close();
}

}  // namespace altmind::daemon
