#pragma once
// The decision of the consolidated memory on a batch, and the reasons: for logs, metrics and tests.

namespace altmind {

enum class ConsolidationAction { none, consolidated, released, yielded };

struct ConsolidationReport {
  ConsolidationAction action = ConsolidationAction::none;
  double novelty_score = 0.0;        ///< of recent inputs relative to pending ones; about 1 on a stationary stream
  double usual_novelty_score = 0.0;  ///< its running mean
  double error = 0.0;                ///< recent share of wrong predictions
  double error_before = 0.0;         ///< its slow mean
  double unseen_labels = 0.0;        ///< share of new labels over about 50 samples
};

}  // namespace altmind
