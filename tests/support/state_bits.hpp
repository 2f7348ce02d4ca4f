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

/// Everything that learning changes: all but the counters step, sequence, skipped and the tables of names.
inline std::string learned_difference(const LearnerState& a, const LearnerState& b) {
  if (a.samples != b.samples) return "samples";
  if (a.statistics.samples != b.statistics.samples || !same_matrix(a.statistics.mean, b.statistics.mean) ||
      !same_matrix(a.statistics.squares, b.statistics.squares) || a.statistics.present != b.statistics.present) {
    return "statistics";
  }
  if (a.targets.samples != b.targets.samples || !same_matrix(a.targets.mean, b.targets.mean) ||
      !same_matrix(a.targets.squares, b.targets.squares)) {
    return "target statistics";
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
  if (p.samples != q.samples || p.correct != q.correct || p.loss != q.loss || p.class_samples != q.class_samples ||
      p.class_correct != q.class_correct || p.window_loss != q.window_loss || p.window_correct != q.window_correct ||
      p.head != q.head) {
    return "prequential";
  }
  return {};
}

/// Empty if nothing differs.
inline std::string difference(const LearnerState& a, const LearnerState& b) {
  if (a.step != b.step) return "step";
  if (a.sequence != b.sequence) return "sequence";
  if (a.skipped != b.skipped) return "skipped";
  if (a.labels.names() != b.labels.names()) return "labels";
  if (a.categories.size() != b.categories.size()) return "columns";
  for (std::size_t j = 0; j < a.categories.size(); ++j) {
    if (a.categories[j].names() != b.categories[j].names()) return "categories of column " + std::to_string(j);
  }
  return learned_difference(a, b);
}

}  // namespace altmind::test
