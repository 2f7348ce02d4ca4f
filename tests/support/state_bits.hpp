#pragma once
// Whether two learner states are the same bit for bit, and the first part in which they are not.

#include <cstring>
#include <string>
#include <vector>

#include "core/learner_state.hpp"

namespace altmind::test {

template <typename Dense>
bool same_matrix(const Dense& a, const Dense& b) {
  if (a.rows() != b.rows() || a.cols() != b.cols()) return false;
  return a.size() == 0 || std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * sizeof(*a.data())) == 0;
}

inline bool same_moments(const Moments& a, const Moments& b) {
  return a.steps == b.steps && same_matrix(a.first, b.first) && same_matrix(a.second, b.second);
}

/// Everything that learning changes: all but the counters step, sequence, skipped and the label table.
inline std::string learned_difference(const LearnerState& a, const LearnerState& b) {
  if (a.samples != b.samples) return "samples";
  if (a.statistics.samples != b.statistics.samples || !same_matrix(a.statistics.mean, b.statistics.mean) ||
      !same_matrix(a.statistics.squares, b.statistics.squares)) {
    return "statistics";
  }
  if (a.network.activation != b.network.activation) return "activation";
  if (a.network.weights.size() != b.network.weights.size()) return "layers";
  for (std::size_t l = 0; l < a.network.weights.size(); ++l) {
    if (!same_matrix(a.network.weights[l], b.network.weights[l])) return "weight " + std::to_string(l);
  }
  if (a.memories.size() != b.memories.size()) return "memories";
  for (std::size_t l = 0; l < a.memories.size(); ++l) {
    if (!same_matrix(a.memories[l].a, b.memories[l].a)) return "A " + std::to_string(l);
    if (!same_matrix(a.memories[l].b, b.memories[l].b)) return "B " + std::to_string(l);
  }
  if (a.moments.size() != b.moments.size()) return "moments";
  for (std::size_t l = 0; l < a.moments.size(); ++l) {
    if (!same_moments(a.moments[l], b.moments[l])) return "moments " + std::to_string(l);
  }
  if (!same_moments(a.output, b.output)) return "output moments";
  if (a.norm_vectors.size() != b.norm_vectors.size()) return "norm vectors";
  for (std::size_t l = 0; l < a.norm_vectors.size(); ++l) {
    if (!same_matrix(a.norm_vectors[l], b.norm_vectors[l])) return "norm vector " + std::to_string(l);
  }
  const Prequential::State& p = a.prequential.state();
  const Prequential::State& q = b.prequential.state();
  if (p.samples != q.samples || p.correct != q.correct || p.loss != q.loss ||
      p.majority_correct != q.majority_correct || p.no_change_correct != q.no_change_correct ||
      p.class_samples != q.class_samples || p.class_correct != q.class_correct ||
      p.class_predicted != q.class_predicted || p.window_loss != q.window_loss || p.window_right != q.window_right ||
      p.window_label != q.window_label || p.window_predicted != q.window_predicted || p.head != q.head) {
    return "prequential";
  }
  if (!(a.drift == b.drift)) return "drift";
  if (a.memory_since != b.memory_since) return "memory since";
  if (!(a.holdout == b.holdout)) return "holdout";
  return {};
}

/// Empty if nothing differs.
inline std::string difference(const LearnerState& a, const LearnerState& b) {
  if (a.step != b.step) return "step";
  if (a.sequence != b.sequence) return "sequence";
  if (a.skipped != b.skipped) return "skipped";
  if (a.labels.names() != b.labels.names()) return "labels";
  return learned_difference(a, b);
}

}  // namespace altmind::test
