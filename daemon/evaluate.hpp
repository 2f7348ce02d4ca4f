#pragma once
// Evaluates a model on samples that it does not learn.

#include <cstdint>

#include "adapters/source.hpp"
#include "core/serve/snapshot.hpp"
#include "daemon/ingest_counter.hpp"

namespace altmind::daemon {

/// Accuracy and mean loss of the snapshot on a finite source.
struct Evaluation {
  std::uint64_t samples = 0;
  std::uint64_t rejected = 0;
  IngestCounter::ByReason reasons;
  double accuracy = 0.0;
  double loss = 0.0;  ///< regression: mean squared error per output
};

/// Reads `options` to its end.
Evaluation evaluate(const Snapshot& snapshot, const adapters::SourceOptions& options);

}  // namespace altmind::daemon
