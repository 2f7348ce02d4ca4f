#include "daemon/recovery.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <new>
#include <variant>

#include "adapters/memory_error.hpp"
#include "adapters/store/checkpoint/checkpoints.hpp"
#include "adapters/store/checkpoint/state_codec.hpp"
#include "adapters/store/journal/journal.hpp"
#include "adapters/store/journal/journal_head.hpp"
#include "adapters/store/journal/segment_reader.hpp"
#include "config/load.hpp"
#include "config/read_layers.hpp"
#include "core/linalg/blas.hpp"
#include "core/step/finite.hpp"
#include "core/step/renewal.hpp"

namespace altmind::daemon {

namespace {

std::string list(const std::vector<std::size_t>& numbers) {
  std::string text = "[";
  for (const std::size_t n : numbers) text += (text.size() > 1 ? ", " : "") + std::to_string(n);
  return text + "]";
}

std::string describe(const Column& column) {
  constexpr std::array missing = {"refuse", "mean", "flag"};
  std::string text = column.name;
  if (column.type == ColumnType::numeric) {
    text += ", numeric";
  } else {
    text += column.encoding == ColumnEncoding::onehot ? ", one-hot " : ", hashed ";
    text += std::to_string(column.size);
  }
  return text + ", missing " + missing[static_cast<std::size_t>(column.missing)];
}

struct Found {
  LearnerOptions options;
  LearnerState state;
  std::filesystem::path file;
  std::string ledger;
  std::string kernel;
};

/// Returns the newest checkpoint that can be read, is finite and is not beyond `until`; adds a warning for every
/// unusable one. If none is finite, returns the newest that can be read, with weights and memory renewed.
std::optional<Found> newest_checkpoint(const std::filesystem::path& directory, std::optional<std::uint64_t> until,
                                       std::vector<std::string>& warnings) {
  if (!std::filesystem::exists(checkpoint_directory(directory))) return std::nullopt;
  std::vector<std::filesystem::path> files = store::checkpoint_files(checkpoint_directory(directory));
  std::reverse(files.begin(), files.end());
  std::optional<Found> wounded;
  for (const std::filesystem::path& file : files) {
    try {
      const store::CheckpointImage image = store::read_checkpoint(file);
      const auto metadata = [&](const char* name) {
        const auto at = image.metadata.find(name);
        if (at == image.metadata.end()) throw store::CheckpointError(std::string("metadata has no ") + name);
        return at->second;
      };
      Found found;
      found.file = file;
      found.options = config::learner_options_from_json(metadata("learning"));
      found.ledger = metadata("ledger");
      found.kernel = metadata("blas_kernel");
      found.state = decode_state(image, found.options);
      if (until && found.state.sequence > *until) continue;
      const std::string part = not_finite(found.state);
      if (part.empty()) return found;
      warnings.push_back("checkpoint " + file.string() + " is not usable: what it holds is not finite (" + part + ")");
      if (!wounded) wounded = std::move(found);
    } catch (const adapters::MemoryError&) {
      throw;
    } catch (const std::bad_alloc&) {
      throw adapters::MemoryError(file.string() + ": there is not enough memory for the model in it");
    } catch (const std::exception& error) {
      warnings.push_back("checkpoint " + file.string() + " is not usable: " + error.what());
    }
  }
  if (!wounded) return std::nullopt;
  renew(wounded->options, Renewal::weights, std::vector<bool>(wounded->state.arms.size(), true), wounded->state);
  ++wounded->state.renewals;
  warnings.push_back(
      "no checkpoint is finite: weights and memory begin anew; names, counters, positions and finite "
      "statistics are kept from " +
      wounded->file.string());
  return wounded;
}

/// The step of a batch, or the consolidation at a boundary, threw. The learner may be half a step further.
struct StepFailed {
  std::uint64_t last_sequence;
};

/// Feeds journal records to batcher and learner, in order: the trainer's loop without queues.
class Replay {
 public:
  /// `careful_from`: from the batch with this number on, the state is copied before each step, and a step that throws
  /// is skipped; before that batch, such a step is a StepFailed.
  Replay(Recovered& to, std::optional<std::uint64_t> until, std::optional<std::uint64_t> careful_from,
         ingest::Ledger& live, ingest::Ledger& learned, const ReplayHooks& hooks)
      : to_(to), until_(until), careful_from_(careful_from), live_(live), learned_(learned), hooks_(hooks) {}

  void operator()(store::JournalRecord&& record) {
    if (auto* group = std::get_if<store::GroupRecord>(&record)) {
      take(std::move(*group));
    } else if (const auto* cut = std::get_if<store::CutRecord>(&record)) {
      // A cut at or before what the checkpoint has learned has taken effect already.
      if (cut->after_sequence > to_.learner->state().sequence) {
        if (auto batch = to_.batcher->cut()) learn(*batch);
      }
    } else if (const auto* boundary = std::get_if<store::BoundaryRecord>(&record)) {
      announce(boundary->after_sequence);
    } else {
      configure(std::get<store::ConfigRecord>(record));
    }
  }

 private:
  void take(store::GroupRecord&& record) {
    const std::uint64_t count = record.group.samples.count;
    const std::uint64_t last = record.first_sequence + count - 1;
    live_.record(record.group.origin, count, last);
    for (const Introduced& introduced : record.group.introduced) to_.labels.add(introduced.name);
    for (const auto& [at, category] : record.group.categories) to_.categories.at(category.column).add(category.name);
    to_.last_sequence = std::max(to_.last_sequence, last);
    std::vector<DurableBatch> full;
    to_.batcher->push(std::move(record.group), record.first_sequence, to_.learner->state().sequence, full);
    for (const DurableBatch& batch : full) learn(batch);
  }

  /// The learner gets new options with its next batch, not here. A changed rule begins with fresh memories, and a
  /// record at the place where the checkpoint's last batch ends may be older than that batch (which a cut, or this very
  /// record, has ended): applied now, it would discard from the state what has been learned since.
  void configure(const store::ConfigRecord& record) {
    to_.options = config::learner_options_from_json(record.json);
    std::vector<DurableBatch> full;
    to_.batcher->resize(to_.options.learning.batch_size, full);
    for (const DurableBatch& batch : full) learn(batch);
  }

  void announce(std::uint64_t after_sequence) {
    std::vector<DurableBatch> ended;
    to_.batcher->announce(after_sequence, ended);
    for (const DurableBatch& one : ended) {
      if (one.boundary) {
        end_task(one.batch.last_sequence);
      } else {
        learn(one);
      }
    }
  }

  void end_task(std::uint64_t last_sequence) {
    // A boundary that the checkpoint covers already finds nothing more to consolidate.
    if (beyond(last_sequence)) return;
    attempt(
        "the boundary behind sample ", last_sequence,
        [this] {
          if (to_.learner->consolidate()) ++to_.replayed_boundaries;
        },
        [] {});
  }

  /// Runs `work`; if it throws, restores the state from before and runs `instead`.
  template <typename Work, typename Instead>
  void attempt(const char* what, std::uint64_t last_sequence, const Work& work, const Instead& instead) {
    const bool careful = careful_from_ && last_sequence >= *careful_from_;
    std::optional<LearnerState> before;
    if (careful) before = to_.learner->state();
    try {
      work();
    } catch (const std::bad_alloc&) {
      throw;  // says more about the machine than about the batch
    } catch (const std::exception& error) {
      if (!careful) throw StepFailed{last_sequence};
      to_.learner = std::make_unique<Learner>(to_.learner->options(), std::move(*before));
      instead();
      ++to_.skipped_batches;
      if (to_.skipped_batches > 10) return;  // the count says the rest
      to_.warnings.push_back(what + std::to_string(last_sequence) +
                             " cannot be learned and is skipped: " + error.what());
    }
  }

  bool beyond(std::uint64_t last_sequence) {
    done_ = done_ || (until_ && last_sequence > *until_);
    return done_;
  }

  void learn(const DurableBatch& durable) {
    if (beyond(durable.batch.last_sequence)) return;
    if (to_.options != to_.learner->options()) {
      to_.learner = std::make_unique<Learner>(to_.options, to_.learner->state());
    }
    attempt(
        "the batch that ends with sample ", durable.batch.last_sequence,
        [&] {
          if (hooks_.observer) hooks_.observer(durable.batch);
          to_.learner->step(durable.batch);
        },
        [&] { to_.learner->skip(durable.batch); });
    for (const Mark& mark : durable.marks) learned_.record(mark.origin, mark.samples, mark.last_sequence);
    ++to_.replayed_batches;
    if (hooks_.progress) hooks_.progress(to_.replayed_batches);
  }

  Recovered& to_;
  std::optional<std::uint64_t> until_;
  std::optional<std::uint64_t> careful_from_;
  ingest::Ledger& live_;
  ingest::Ledger& learned_;
  const ReplayHooks& hooks_;
  bool done_ = false;
};

/// Returns the configuration that a journal begins with.
std::optional<LearnerOptions> recorded_first(const std::filesystem::path& journal) {
  std::optional<LearnerOptions> options;
  struct Enough {};
  try {
    store::read_journal(journal, 0, [&options](store::JournalRecord&& record) {
      if (const auto* config = std::get_if<store::ConfigRecord>(&record))
        options = config::learner_options_from_json(config->json);
      throw Enough{};
    });
  } catch (const Enough&) {
  }
  return options;
}

}  // namespace

std::filesystem::path journal_directory(const std::filesystem::path& directory) {
  return directory / "journal";
}
std::filesystem::path checkpoint_directory(const std::filesystem::path& directory) {
  return directory / "checkpoints";
}

std::string shape_conflict(const LearnerOptions& here, const LearnerOptions& there) {
  const ModelOptions& configured = here.model;
  const ModelOptions& recorded = there.model;
  const auto differ = [](const char* key, const std::string& one, const std::string& other) {
    return std::string(key) + ": " + one + " in the configuration, " + other + " in the data directory";
  };
  const SampleSpec& a = configured.spec;
  const SampleSpec& b = recorded.spec;
  const auto task = [](Task t) { return t == Task::classification ? "classification" : "regression"; };
  if (a.task != b.task) return differ("model.task", task(a.task), task(b.task));
  if (a.inputs != b.inputs) return differ("model.inputs", std::to_string(a.inputs), std::to_string(b.inputs));
  if (a.outputs != b.outputs) {
    return differ(a.task == Task::classification ? "model.max_classes" : "model.outputs", std::to_string(a.outputs),
                  std::to_string(b.outputs));
  }
  if (a.labels != b.labels) {
    const auto kind = [](LabelKind k) { return k == LabelKind::index ? "index" : "named"; };
    return differ("model.labels", kind(a.labels), kind(b.labels));
  }
  if (a.columns.size() != b.columns.size()) {
    return differ("features.column", std::to_string(a.columns.size()) + " columns",
                  std::to_string(b.columns.size()) + " columns");
  }
  for (std::size_t j = 0; j < a.columns.size(); ++j) {
    if (a.columns[j] == b.columns[j]) continue;
    return differ(("features.column[" + std::to_string(j) + "]").c_str(), describe(a.columns[j]),
                  describe(b.columns[j]));
  }
  const auto shapes = [](const ModelOptions& model) {
    std::string text;
    for (const LayerOptions& layer : model.layers) {
      if (text.empty() && !model.image.empty()) text = "image " + list(model.image);
      text += (text.empty() ? "" : "; ") + config::describe(layer);
    }
    return text.empty() ? list(model.hidden) : text;
  };
  if (shapes(configured) != shapes(recorded)) {
    if (!configured.layers.empty() || !recorded.layers.empty()) {
      return differ("model.layer", shapes(configured), shapes(recorded));
    }
    return differ("model.hidden", list(configured.hidden), list(recorded.hidden));
  }
  // Running statistics are part of the state: there from the first sample on, or never.
  const auto running = [](const LearnerOptions& o) { return o.normaliser.kind == NormaliserKind::standardise; };
  if (running(here) != running(there)) {
    const auto kind = [](const LearnerOptions& o) {
      if (o.normaliser.kind == NormaliserKind::standardise) return "standardise";
      return o.normaliser.kind == NormaliserKind::fixed ? "fixed" : "none";
    };
    return differ("features.normaliser", kind(here), kind(there));
  }
  if (a.task == Task::regression && here.normaliser.targets != there.normaliser.targets) {
    const auto kind = [](const LearnerOptions& o) {
      return o.normaliser.targets == TargetScaling::standardise ? "standardise" : "none";
    };
    return differ("features.targets", kind(here), kind(there));
  }
  return {};
}

namespace {

/// The error when no checkpoint can be read, and the journal does not reach back to the first sample.
WrongDirectory nothing_to_begin_with(const std::filesystem::path& directory, const std::vector<std::string>& warnings) {
  std::string why = directory.string() + ": no checkpoint can be read, and the journal alone does not begin with the" +
                    " first sample";
  for (const std::string& warning : warnings) why += "; " + warning;
  return WrongDirectory(why + ". Restore the directory from a backup, or move it away to start over");
}

Recovered recover_once(const std::filesystem::path& directory, const LearnerOptions* configured,
                       std::optional<std::uint64_t> until, std::optional<std::uint64_t> careful_from,
                       ingest::Ledger& live, ingest::Ledger& learned, const ReplayHooks& hooks) {
  Recovered result;
  auto checkpoint = newest_checkpoint(directory, until, result.warnings);
  const std::filesystem::path journal = journal_directory(directory);
  // If the segments are gone, the head shows that there were some.
  const bool journalled =
      (std::filesystem::exists(journal) && !std::filesystem::is_empty(journal)) || store::read_head(journal);
  if (!checkpoint && !result.warnings.empty()) {
    const auto segments = journalled ? store::list_segments(journal) : std::vector<store::SegmentFile>();
    if (segments.empty() || segments.front().first_sequence > 1)
      throw nothing_to_begin_with(directory, result.warnings);
  }
  std::optional<LearnerOptions> options;
  if (checkpoint) {
    options = checkpoint->options;
  } else if (journalled) {
    options = recorded_first(journal);
  }
  result.found = options.has_value();
  if (!options) {
    if (configured == nullptr) {
      std::string why = directory.string() + " holds neither a checkpoint nor a journal";
      for (const std::string& warning : result.warnings) why += "; " + warning;
      throw WrongDirectory(why);
    }
    options = *configured;
  }
  if (configured != nullptr) {
    if (const std::string conflict = shape_conflict(*configured, *options); !conflict.empty()) {
      throw WrongDirectory(conflict + " (" + directory.string() + "); --new starts over in an empty directory");
    }
  }

  if (hooks.permit) hooks.permit(*options);
  if (checkpoint) {
    result.checkpoint_step = checkpoint->state.step;
    result.checkpoint_file = checkpoint->file;
    if (checkpoint->kernel != blas_kernel()) {
      result.warnings.push_back("the checkpoint was written with BLAS kernel " + checkpoint->kernel +
                                ", this processor uses " + blas_kernel() +
                                ": what is replayed may differ in the last bits");
    }
    live.from_json(checkpoint->ledger);
    learned.from_json(checkpoint->ledger);
    result.learner = std::make_unique<Learner>(*options, std::move(checkpoint->state));
  } else {
    result.learner = std::make_unique<Learner>(*options);
  }
  result.options = *options;
  result.batcher = std::make_unique<Batcher>(options->model.spec, options->learning.batch_size);
  result.labels = result.learner->state().labels;
  result.categories = *result.learner->state().categories;
  result.last_sequence = result.learner->state().sequence;
  if (journalled) {
    Replay replay(result, until, careful_from, live, learned, hooks);
    store::read_journal(journal, result.learner->state().sequence,
                        [&replay](store::JournalRecord&& record) { replay(std::move(record)); });
  }
  return result;
}

}  // namespace

Recovered recover(const std::filesystem::path& directory, const LearnerOptions* configured,
                  std::optional<std::uint64_t> until, ingest::Ledger& live, ingest::Ledger& learned,
                  const ReplayHooks& hooks) {
  const std::string nothing = ingest::Ledger().to_json();
  std::optional<std::uint64_t> careful_from;
  try {
    return recover_once(directory, configured, until, careful_from, live, learned, hooks);
  } catch (const StepFailed& failed) {
    careful_from = failed.last_sequence;
  }
  // Try again, now with a copy of the state before each step from there on: too expensive if nothing fails.
  live.from_json(nothing);
  learned.from_json(nothing);
  return recover_once(directory, configured, until, careful_from, live, learned, hooks);
}

}  // namespace altmind::daemon
