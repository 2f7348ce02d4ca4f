#include "core/step/undo.hpp"

#include <algorithm>
#include <cmath>

#include "core/step/finite.hpp"

namespace altmind {

namespace {

bool finite(const Moments& moments) {
  return std::isfinite(moments.first.cast<double>().sum()) && std::isfinite(moments.second.cast<double>().sum());
}

template <typename Parts, typename Is>
bool all(const Parts& parts, Is is) {
  return std::all_of(parts.begin(), parts.end(), is);
}

bool sound(const Network& network, const Tuning& tuning, const Moments& output) {
  return all(network.weights, small_enough) && finite(output) &&
         all(tuning.layers, [](const Curvature& layer) { return std::isfinite(layer.step_ratio); });
}

}  // namespace

void Undo::keep(const LearnerState& state) {
  weights_ = state.network.weights;
  memories_.resize(state.memories.size());
  for (std::size_t l = 0; l < memories_.size(); ++l) memories_[l] = state.memories[l].b;
  moments_ = state.moments;
  norms_ = state.norms;
  norm_moments_ = state.norm_moments;
  output_ = state.output;
  ratios_.clear();
  for (const Curvature& layer : state.tuning.layers) ratios_.push_back(layer.step_ratio);
}

void Undo::put_back(LearnerState& state) {
  state.network.weights.swap(weights_);
  for (std::size_t l = 0; l < memories_.size(); ++l) state.memories[l].b.swap(memories_[l]);
  state.moments.swap(moments_);
  state.norms.swap(norms_);
  state.norm_moments.swap(norm_moments_);
  std::swap(state.output, output_);
  for (std::size_t l = 0; l < ratios_.size(); ++l) state.tuning.layers[l].step_ratio = ratios_[l];
}

bool may_be_kept(const LearnerState& state) {
  return sound(state.network, state.tuning, state.output) &&
         all(state.memories, [](const Memory& m) { return std::isfinite(m.b.cast<double>().sum()); }) &&
         all(state.moments, finite) && all(state.norm_moments, finite) &&
         all(state.norms, [](const BatchNorm& norm) { return small_enough(norm.weight) && small_enough(norm.affine); });
}

bool may_be_kept(const Twin& twin) {
  return sound(twin.network, twin.tuning, twin.output);
}

}  // namespace altmind
