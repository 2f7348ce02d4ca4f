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

void Undo::keep(const Arm& arm) {
  weights_ = arm.network.weights;
  memories_.resize(arm.memories.size());
  for (std::size_t l = 0; l < memories_.size(); ++l) memories_[l] = arm.memories[l].b;
  moments_ = arm.moments;
  norms_ = arm.norms;
  norm_moments_ = arm.norm_moments;
  output_ = arm.output;
  ratios_.clear();
  for (const Curvature& layer : arm.tuning.layers) ratios_.push_back(layer.step_ratio);
}

void Undo::put_back(Arm& arm) {
  arm.network.weights.swap(weights_);
  for (std::size_t l = 0; l < memories_.size(); ++l) arm.memories[l].b.swap(memories_[l]);
  arm.moments.swap(moments_);
  arm.norms.swap(norms_);
  arm.norm_moments.swap(norm_moments_);
  std::swap(arm.output, output_);
  for (std::size_t l = 0; l < ratios_.size(); ++l) arm.tuning.layers[l].step_ratio = ratios_[l];
}

bool may_be_kept(const Arm& arm) {
  return sound(arm.network, arm.tuning, arm.output) &&
         all(arm.memories, [](const Memory& m) { return std::isfinite(m.b.cast<double>().sum()); }) &&
         all(arm.moments, finite) && all(arm.norm_moments, finite) &&
         all(arm.norms, [](const BatchNorm& norm) { return small_enough(norm.weight) && small_enough(norm.affine); });
}

bool may_be_kept(const Twin& twin) {
  return sound(twin.network, twin.tuning, twin.output);
}

}  // namespace altmind
