#include "core/step/finite.hpp"

#include <cmath>
#include <limits>

namespace altmind {

namespace {

// Without an early exit the loops are vector ones. NaN compares false.
template <typename Dense>
bool within_bound(const Dense& m, typename Dense::Scalar bound) {
  const auto* const values = m.data();
  int outside = 0;
  for (Index i = 0; i < m.size(); ++i) outside |= std::abs(values[i]) <= bound ? 0 : 1;
  return outside == 0;
}

template <typename Dense>
bool finite(const Dense& m) {
  return within_bound(m, std::numeric_limits<typename Dense::Scalar>::max());
}

/// Remembers the first name that is told of something not finite.
class FirstNotFinite {
 public:
  template <typename Dense>
  void matrix(const std::string& name, const Dense& m) {
    if (name_.empty() && !finite(m)) name_ = name;
  }
  void number(const std::string& name, double value) {
    if (name_.empty() && !std::isfinite(value)) name_ = name;
  }
  void moments(const std::string& name, const Moments& m) {
    matrix(name + ".first", m.first);
    matrix(name + ".second", m.second);
  }
  std::string name() && { return std::move(name_); }

 private:
  std::string name_;
};

std::string numbered(const char* name, std::size_t l, const char* part = "") {
  return name + std::to_string(l) + part;
}

void look_at(const Tuning& tuning, FirstNotFinite& first) {
  for (std::size_t l = 0; l < tuning.layers.size(); ++l) {
    const Curvature& layer = tuning.layers[l];
    first.matrix(numbered("tuning.", l, ".a"), layer.a);
    first.matrix(numbered("tuning.", l, ".factor"), layer.factor);
    first.matrix(numbered("tuning.", l, ".basis"), layer.basis);
    first.matrix(numbered("tuning.", l, ".values"), layer.values);
    first.number(numbered("tuning.", l, ".rest_bits"), layer.rest);
    first.number(numbered("tuning.", l, ".lambda_bits"), layer.lambda);
    first.number(numbered("tuning.", l, ".trace_bits"), layer.trace);
    first.number(numbered("tuning.", l, ".step_ratio_bits"), layer.step_ratio);
  }
  for (std::size_t l = 0; l < tuning.sets.brief.weights.size(); ++l) {
    first.matrix(numbered("brief.", l), tuning.sets.brief.weights[l]);
    first.matrix(numbered("lasting.", l), tuning.sets.lasting.weights[l]);
  }
  for (std::size_t i = 0; i < tuning.sets.loss.size(); ++i) {
    first.number(numbered("sets.", i, ".loss_bits"), tuning.sets.loss[i]);
  }
  first.number("sets.log_boldness_bits", tuning.sets.log_boldness);
}

void look_at(const Consolidation& kept, FirstNotFinite& first) {
  for (std::size_t l = 0; l < kept.layers.size(); ++l) {
    const Protection& layer = kept.layers[l];
    first.matrix(numbered("consolidation.", l, ".pending"), layer.pending);
    first.matrix(numbered("consolidation.", l, ".pending_output"), layer.pending_output);
    first.matrix(numbered("consolidation.", l, ".kept"), layer.kept);
    first.matrix(numbered("consolidation.", l, ".kept_output"), layer.kept_output);
    first.matrix(numbered("consolidation.", l, ".basis"), layer.basis);
    first.matrix(numbered("consolidation.", l, ".stiffness"), layer.stiffness);
    first.matrix(numbered("consolidation.", l, ".output_basis"), layer.output_basis);
    first.matrix(numbered("consolidation.", l, ".output_stiffness"), layer.output_stiffness);
  }
  first.matrix("consolidation.whitening", kept.profile.whitening);
  first.number("consolidation.expected_bits", kept.profile.expected);
  const NoveltyState& novelty = kept.novelty;
  first.number("novelty.pooled_bits", novelty.pooled);
  first.number("novelty.mean_bits", novelty.mean);
  first.number("novelty.variance_bits", novelty.variance);
  first.number("novelty.level_bits", novelty.level);
  first.number("novelty.error_bits", novelty.error);
  first.number("novelty.fast_bits", novelty.fast);
  first.number("novelty.slow_bits", novelty.slow);
}

}  // namespace

bool small_enough(const Matrix& m) {
  return within_bound(m, largest_kept);
}

std::string not_finite(const LearnerState& state) {
  FirstNotFinite first;
  for (std::size_t l = 0; l < state.network.weights.size(); ++l) {
    first.matrix(numbered("weight.", l), state.network.weights[l]);
  }
  for (std::size_t l = 0; l < state.memories.size(); ++l) {
    first.matrix(numbered("memory.", l, ".a"), state.memories[l].a);
    first.matrix(numbered("memory.", l, ".b"), state.memories[l].b);
  }
  for (std::size_t l = 0; l < state.moments.size(); ++l) first.moments(numbered("moments.", l), state.moments[l]);
  first.moments("output", state.output);
  for (std::size_t l = 0; l < state.norm_vectors.size(); ++l) {
    first.matrix(numbered("norm_vector.", l), state.norm_vectors[l]);
  }
  first.matrix("normaliser.mean", state.statistics.mean);
  first.matrix("normaliser.squares", state.statistics.squares);
  first.matrix("normaliser.run_mean", state.statistics.run_mean);
  first.matrix("normaliser.run_squares", state.statistics.run_squares);
  first.matrix("targets.mean", state.targets.mean);
  first.matrix("targets.squares", state.targets.squares);
  first.matrix("targets.run_mean", state.targets.run_mean);
  first.matrix("targets.run_squares", state.targets.run_squares);
  look_at(state.tuning, first);
  for (std::size_t l = 0; l < state.twin.network.weights.size(); ++l) {
    first.matrix(numbered("twin.weight.", l), state.twin.network.weights[l]);
  }
  look_at(state.twin.tuning, first);
  look_at(state.consolidation, first);
  first.number("prequential.loss_bits", state.prequential.state().loss);
  first.number("drift.adwin.sum_bits", state.drift.adwin.sum);
  first.number("drift.page_hinkley.sum_bits", state.drift.page_hinkley.sum);
  return std::move(first).name();
}

}  // namespace altmind
