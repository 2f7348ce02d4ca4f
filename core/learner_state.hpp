#pragma once
// Everything that decides what comes next: copied, hashed, checkpointed.

#include <cstdint>
#include <vector>

#include "core/gradient_rule.hpp"
#include "core/label_table.hpp"
#include "core/memory.hpp"
#include "core/network.hpp"
#include "core/normaliser.hpp"
#include "core/prequential.hpp"
#include "core/vocabulary.hpp"

namespace altmind {

struct LearnerState {
  std::uint64_t step = 0;      ///< batches taken, skipped ones included
  std::uint64_t samples = 0;   ///< samples learned
  std::uint64_t sequence = 0;  ///< journal number of the last sample taken
  std::uint64_t skipped = 0;   ///< batches skipped because something was not finite
  FeatureStatistics statistics;
  FeatureStatistics targets;  ///< of regression targets that are standardised, else empty
  LabelTable labels;          ///< named labels; empty for index labels
  Vocabularies categories;    ///< one per column of the schema
  Network network;
  std::vector<Memory> memories;      ///< one per hidden layer (am-mem), else empty
  std::vector<Moments> moments;      ///< one per hidden layer (am-adam), else empty
  Moments output;                    ///< of the output layer's rule
  std::vector<Vector> norm_vectors;  ///< one per hidden layer but the top: warm starts of the power iteration
  Prequential prequential;
};

/// The state before the first sample.
LearnerState fresh_state(const LearnerOptions& options);

}  // namespace altmind
