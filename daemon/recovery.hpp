#pragma once
// Recovers a learner from a data directory: the newest valid checkpoint, then the journal.

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "adapters/ingest/ledger.hpp"
#include "core/samples/label_table.hpp"
#include "core/step/learner.hpp"
#include "daemon/batcher.hpp"

namespace altmind::daemon {

/// A directory that belongs to another model, or to none. what() names both. Exit code 2.
class WrongDirectory : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Recovered {
  std::unique_ptr<Learner> learner;  ///< with the options of the last batch, or of the checkpoint
  LearnerOptions options;            ///< recorded last: the next batch would be learned with them
  std::unique_ptr<Batcher> batcher;  ///< holds the uncut tail; its batch size is that of `options`
  LabelTable labels;                 ///< with the names that the tail introduces
  Vocabularies categories;           ///< likewise
  std::uint64_t last_sequence = 0;   ///< of checkpoint and journal
  std::uint64_t checkpoint_step = 0;
  std::filesystem::path checkpoint_file;  ///< the one that was used; empty if none
  std::uint64_t replayed_batches = 0;
  std::uint64_t replayed_boundaries = 0;  ///< announced ones that had something to protect
  std::uint64_t skipped_batches = 0;      ///< replayed ones whose step failed: skipped, and counted in the state
  bool found = false;                     ///< there was a checkpoint or a journal
  std::vector<std::string> warnings;      ///< damaged checkpoints, another BLAS kernel
};

/// Callbacks of a replay. All may be empty.
struct ReplayHooks {
  std::function<void(std::uint64_t batches)> progress;  ///< called from time to time: batches learned so far
  std::function<void(const Batch&)> observer;           ///< every batch before it is learned, as Trainer::observe
  std::function<void(const LearnerOptions&)> permit{};  ///< gets the options before they learn: may throw
};

/// Rebuilds the state of `directory`. If it holds none: a fresh learner of `configured`; without `configured` that is a
/// WrongDirectory. `until`: batches beyond this journal number are not learned, and checkpoints beyond it are not used.
/// `live` receives positions and keys of all durable groups, `learned` those of groups whose last sample is learned. A
/// batch whose step throws (except when out of memory) is skipped, whatever ended the process that met it first: the
/// same files always give the same bits. Throws CheckpointError, JournalError, WrongDirectory.
Recovered recover(const std::filesystem::path& directory, const LearnerOptions* configured,
                  std::optional<std::uint64_t> until, ingest::Ledger& live, ingest::Ledger& learned,
                  const ReplayHooks& hooks);

/// Returns a difference that is not allowed between a directory and a configuration, as a sentence; empty if none.
std::string shape_conflict(const LearnerOptions& configured, const LearnerOptions& recorded);

std::filesystem::path journal_directory(const std::filesystem::path& directory);
std::filesystem::path checkpoint_directory(const std::filesystem::path& directory);

}  // namespace altmind::daemon
