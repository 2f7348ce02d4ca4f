#pragma once
// Compares two learner states bit for bit and names the first part that differs.

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "core/step/learner_state.hpp"

namespace altmind::test {

template <typename Dense>
bool same_matrix(const Dense& a, const Dense& b) {
  if (a.rows() != b.rows() || a.cols() != b.cols()) return false;
  return a.size() == 0 || std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * sizeof(*a.data())) == 0;
}

inline bool same_moments(const Moments& a, const Moments& b) {
  return a.steps == b.steps && same_matrix(a.first, b.first) && same_matrix(a.second, b.second);
}

/// Compares bit for bit, so that NaN equals itself.
inline bool same_number(double a, double b) {
  return std::memcmp(&a, &b, sizeof a) == 0;
}

inline bool same_activations(const Network& a, const Network& b) {
  return std::equal(a.layers.begin(), a.layers.end(), b.layers.begin(), b.layers.end(),
                    [](const Layer& p, const Layer& q) { return p.activation == q.activation; });
}

inline std::string tuning_difference(const Tuning& a, const Tuning& b) {
  if (a.layers.size() != b.layers.size()) return "tuned layers";
  if (a.steps != b.steps || a.refreshed != b.refreshed || a.restarted != b.restarted || a.forgotten != b.forgotten)
    return "tuning counters";
  for (std::size_t l = 0; l < a.layers.size(); ++l) {
    const Curvature& p = a.layers[l];
    const Curvature& q = b.layers[l];
    if (!same_matrix(p.a, q.a)) return "tuning A " + std::to_string(l);
    if (!same_matrix(p.factor, q.factor)) return "factor " + std::to_string(l);
    if (!same_matrix(p.basis, q.basis) || !same_matrix(p.values, q.values)) return "basis " + std::to_string(l);
    if (!same_number(p.rest, q.rest) || !same_number(p.lambda, q.lambda)) return "lambda " + std::to_string(l);
    if (!same_number(p.step_ratio, q.step_ratio)) return "step ratio " + std::to_string(l);
  }
  const ServedSets& s = a.sets;
  const ServedSets& t = b.sets;
  if (s.fast.weights.size() != t.fast.weights.size()) return "sets";
  for (std::size_t l = 0; l < s.fast.weights.size(); ++l) {
    if (!same_matrix(s.fast.weights[l], t.fast.weights[l])) return "brief " + std::to_string(l);
    if (!same_matrix(s.slow.weights[l], t.slow.weights[l])) return "lasting " + std::to_string(l);
  }
  if (!same_activations(s.fast, t.fast) || !same_activations(s.slow, t.slow)) return "activation of an average";
  for (std::size_t i = 0; i < s.loss.size(); ++i) {
    if (!same_number(s.loss[i], t.loss[i])) return "loss of set " + std::to_string(i);
  }
  if (s.scored != t.scored || s.averaged != t.averaged || s.served != t.served) return "counters of sets";
  return same_number(s.log_step_fraction, t.log_step_fraction) ? "" : "boldness";
}

inline std::string protection_difference(const Protections& a, const Protections& b) {
  if (a.size() != b.size()) return "protected layers";
  for (std::size_t l = 0; l < a.size(); ++l) {
    const Protection& p = a[l];
    const Protection& q = b[l];
    if (!same_matrix(p.pending, q.pending) || !same_matrix(p.pending_output, q.pending_output)) return "pending";
    if (!same_matrix(p.kept, q.kept) || !same_matrix(p.kept_output, q.kept_output)) return "kept";
    if (!same_matrix(p.basis, q.basis) || !same_matrix(p.stiffness, q.stiffness)) return "stiffness";
    if (!same_matrix(p.output_basis, q.output_basis) || !same_matrix(p.output_stiffness, q.output_stiffness)) {
      return "output stiffness";
    }
  }
  return {};
}

inline std::string consolidation_difference(const Consolidation& a, const Consolidation& b) {
  const NoveltyState& n = a.novelty;
  const NoveltyState& o = b.novelty;
  if (!same_number(n.pooled, o.pooled) || !same_number(n.mean, o.mean) || !same_number(n.variance, o.variance) ||
      !same_number(n.recent, o.recent) || n.count != o.count || n.since_profile != o.since_profile) {
    return "novelty score";
  }
  if (!same_number(n.level, o.level) || !same_number(n.error, o.error) || !same_number(n.fast, o.fast) ||
      !same_number(n.slow, o.slow) || n.batches != o.batches || n.samples != o.samples) {
    return "watched error";
  }
  if (!same_matrix(a.profile.whitening, b.profile.whitening) || !same_number(a.profile.expected, b.profile.expected) ||
      !same_number(a.profiled, b.profiled)) {
    return "profile";
  }
  if (a.classes != b.classes || a.samples != b.samples || a.first != b.first || a.task_since != b.task_since ||
      a.known_until != b.known_until || !same_number(a.unseen, b.unseen)) {
    return "classes seen";
  }
  const Regret& r = a.regret;
  const Regret& s = b.regret;
  if (!same_number(r.samples, s.samples) || !same_number(r.loss, s.loss) || !same_number(r.lost, s.lost) ||
      !same_number(r.squares, s.squares) || !same_number(r.rehearsed, s.rehearsed)) {
    return "regret";
  }
  return a.consolidations == b.consolidations && a.releases == b.releases ? "" : "counts of alarms";
}

inline std::string twin_difference(const Twin& a, const Twin& b) {
  if (a.there() != b.there() || a.norm_vectors.size() != b.norm_vectors.size()) return "twin";
  for (std::size_t l = 0; l < a.network.weights.size(); ++l) {
    if (!same_matrix(a.network.weights[l], b.network.weights[l])) return "twin's weight " + std::to_string(l);
  }
  for (std::size_t l = 0; l < a.norm_vectors.size(); ++l) {
    if (!same_matrix(a.norm_vectors[l], b.norm_vectors[l])) return "twin's norm vector " + std::to_string(l);
  }
  if (!same_moments(a.output, b.output)) return "twin's output moments";
  const std::string tuning = tuning_difference(a.tuning, b.tuning);
  return tuning.empty() ? "" : "twin's " + tuning;
}

inline bool same_statistics(const Statistics& a, const Statistics& b) {
  return a.samples == b.samples && same_matrix(a.mean, b.mean) && same_matrix(a.squares, b.squares) &&
         a.counted == b.counted && a.common == b.common && a.common_count == b.common_count &&
         a.since_common == b.since_common && a.outside == b.outside && a.settled == b.settled &&
         a.candidates == b.candidates && a.run == b.run && same_matrix(a.run_mean, b.run_mean) &&
         same_matrix(a.run_squares, b.run_squares) && a.longest_run == b.longest_run;
}

inline std::string arm_difference(const Arm& a, const Arm& b) {
  if (!same_activations(a.network, b.network)) return "activation";
  if (a.network.weights.size() != b.network.weights.size()) return "layers";
  for (std::size_t l = 0; l < a.network.weights.size(); ++l) {
    if (!same_matrix(a.network.weights[l], b.network.weights[l])) return "weight " + std::to_string(l);
  }
  if (a.norms.size() != b.norms.size() || a.norm_moments.size() != b.norm_moments.size()) return "batch norms";
  for (std::size_t l = 0; l < a.norms.size(); ++l) {
    const BatchNorm &p = a.norms[l], &q = b.norms[l];
    if (!same_matrix(p.weight, q.weight) || !same_matrix(p.affine, q.affine) ||
        !same_matrix(p.statistics, q.statistics)) {
      return "batch norm " + std::to_string(l);
    }
  }
  for (std::size_t l = 0; l < a.norm_moments.size(); ++l) {
    if (!same_moments(a.norm_moments[l], b.norm_moments[l])) return "moments of batch norm " + std::to_string(l);
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
  if (const std::string tuning = tuning_difference(a.tuning, b.tuning); !tuning.empty()) return tuning;
  if (const std::string kept = protection_difference(a.protections, b.protections); !kept.empty()) return kept;
  if (const std::string twin = twin_difference(a.twin, b.twin); !twin.empty()) return twin;
  if (a.memory_since != b.memory_since) return "memory since";
  return same_number(a.loss_sum, b.loss_sum) ? "" : "sum of losses";
}

/// Compares everything that learning changes: all but the counters step, sequence, skipped and the tables of names.
inline std::string learned_difference(const LearnerState& a, const LearnerState& b) {
  if (a.samples != b.samples) return "samples";
  if (!same_statistics(a.statistics, b.statistics)) return "statistics";
  if (!same_statistics(a.targets, b.targets)) return "target statistics";
  if (!same_statistics(a.fourier, b.fourier)) return "scale of the Fourier features";
  if (a.arms.size() != b.arms.size()) return "number of arms";
  for (std::size_t i = 0; i < a.arms.size(); ++i) {
    const std::string arm = arm_difference(a.arms[i], b.arms[i]);
    if (!arm.empty()) return i == 0 ? arm : arm + " of arm " + std::to_string(i + 1);
  }
  if (!same_number(a.loss_count, b.loss_count)) return "count of losses";
  if (const std::string kept = consolidation_difference(a.consolidation, b.consolidation); !kept.empty()) return kept;
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
  if (!(a.holdout == b.holdout)) return "holdout";
  return {};
}

/// Returns the first part that differs; empty if none.
inline std::string difference(const LearnerState& a, const LearnerState& b) {
  if (a.step != b.step) return "step";
  if (a.sequence != b.sequence) return "sequence";
  if (a.skipped != b.skipped) return "skipped";
  if (a.labels.names() != b.labels.names()) return "labels";
  if (a.categories->size() != b.categories->size()) return "columns";
  for (std::size_t j = 0; j < a.categories->size(); ++j) {
    if ((*a.categories)[j].names() != (*b.categories)[j].names()) return "categories of column " + std::to_string(j);
  }
  return learned_difference(a, b);
}

}  // namespace altmind::test
