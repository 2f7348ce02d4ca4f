#pragma once
// What altmind learn says of a run: the report, and why it may not have done what it was for.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/learner_options.hpp"
#include "core/serve/snapshot.hpp"
#include "daemon/evaluate.hpp"
#include "daemon/ingest_counter.hpp"

namespace altmind::daemon {

/// Batches taken, and those of them that taught nothing.
struct Batches {
  std::uint64_t all = 0;
  std::uint64_t skipped = 0;
  std::uint64_t undone = 0;
};

Batches batches_of(const Snapshot& snapshot);

/// What the run has come to. learned: samples of this run; as_json: missing values as numbers, not as a sentence.
nlohmann::json report_of(const Snapshot& snapshot, std::uint64_t learned, const IngestCounter::Counts& counts,
                         bool as_json);
nlohmann::json report_of(const Evaluation& tested, Task task);

/// One sentence: how much of `what` was refused, and why most of it was.
std::string rejected_most(const std::string& what, std::uint64_t taken, std::uint64_t rejected,
                          const IngestCounter::ByReason& reasons);

/// Why the run has not done what it was for; nothing if it has.
/// learned: samples of this run; before, now: batches when it began and when it ended.
std::optional<std::string> shortcoming(std::uint64_t learned, const Batches& before, const Batches& now,
                                       const IngestCounter& counter, const LearnerOptions& learner, bool resumed);

/// The report as aligned text: a member a line, nested ones with a dot.
void print_text(const nlohmann::json& report);

}  // namespace altmind::daemon
