#pragma once
// The report of altmind learn, and why a run may have fallen short of its purpose.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/learner_options.hpp"
#include "core/serve/snapshot.hpp"
#include "daemon/evaluate.hpp"
#include "daemon/ingest_counter.hpp"

namespace altmind::daemon {

/// Batches taken, and how many of them taught nothing.
struct Batches {
  std::uint64_t all = 0;
  std::uint64_t skipped = 0;
  std::uint64_t undone = 0;
};

Batches batches_of(const Snapshot& snapshot);

/// Returns the results of the run. learned: samples of this run; as_json: missing values as numbers, not as a sentence.
nlohmann::json report_of(const Snapshot& snapshot, std::uint64_t learned, const IngestCounter::Counts& counts,
                         bool as_json);
nlohmann::json report_of(const Evaluation& tested, Task task);

/// Returns one sentence: how much of `what` was rejected, and the most frequent reason.
std::string rejected_most(const std::string& what, std::uint64_t taken, std::uint64_t rejected,
                          const IngestCounter::ByReason& reasons);

/// Returns why the run has fallen short of its purpose; nullopt if it has not.
/// learned: samples of this run; before, now: batches when it began and when it ended.
std::optional<std::string> shortcoming(std::uint64_t learned, const Batches& before, const Batches& now,
                                       const IngestCounter& counter, const LearnerOptions& learner, bool resumed);

/// Prints the report as aligned text: one member per line, nested ones with a dot.
void print_text(const nlohmann::json& report);

}  // namespace altmind::daemon
