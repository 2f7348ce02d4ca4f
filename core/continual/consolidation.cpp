#include "core/continual/consolidation.hpp"

#include <algorithm>
#include <cmath>

#include "core/linalg/blas.hpp"

namespace altmind {

namespace {

constexpr double telling_samples = 8000.0;

}  // namespace

Protections fresh_protections(const LearnerOptions& options, const Network& network) {
  Protections layers;
  if (!options.self_tuned() || !options.consolidation.enabled || !can_protect(network.layers)) return layers;
  const std::size_t hidden = network.hidden();
  for (std::size_t l = 0; l < hidden + (options.gradient_output() ? 0 : 1); ++l) {
    const Matrix& w = network.weights[l];
    Protection layer;
    layer.pending = Matrix::Zero(w.cols(), w.cols());
    if (l < hidden) layer.pending_output = Matrix::Zero(w.rows(), w.rows());
    layers.push_back(std::move(layer));
  }
  return layers;
}

Consolidation fresh_consolidation(const LearnerOptions& options) {
  Consolidation state;
  if (options.model.spec.task == Task::classification) state.first.assign(options.model.spec.outputs, 0);
  return state;
}

bool can_protect(const std::vector<Layer>& layers) {
  return std::all_of(layers.begin(), layers.end(),
                     [](const Layer& layer) { return layer.protectable() && layer.inputs + 1 <= most_squared; });
}

double strength_of(const ConsolidationOptions& options, const Consolidation& state, const Protections& layers) {
  if (state.classes == 0) return options.strength;
  if (!protecting(layers)) return options.class_strength;
  const double samples = std::max(1.0, sample_count(layers[0].kept));
  return options.class_strength * std::cbrt(std::min(1.0, telling_samples / samples));
}

void watch_anew(Consolidation& state) {
  state.profiled = 0.0;
  state.profile = {};
  restart(state.novelty);
}

void consolidate(Protections& layers) {
  for (Protection& layer : layers) {
    if (layer.kept.size() == 0) {
      layer.kept = layer.pending;
      layer.kept_output = layer.pending_output;
    } else {
      layer.kept += layer.pending;
      layer.kept_output += layer.pending_output;
    }
    layer.pending.setZero();
    layer.pending_output.setZero();
  }
}

void release(Protections& layers) {
  for (Protection& layer : layers) {
    layer.pending.setZero();
    layer.pending_output.setZero();
    layer.kept.resize(0, 0);
    layer.kept_output.resize(0, 0);
    layer.basis.resize(0, 0);
    layer.output_basis.resize(0, 0);
    layer.stiffness.resize(0);
    layer.output_stiffness.resize(0);
  }
}

void note_consolidated(Consolidation& state) {
  watch_anew(state);
  ++state.consolidations;
}

void note_released(Consolidation& state) {
  state.classes = 0;
  watch_anew(state);
  ++state.releases;
}

std::optional<Damping> refresh(const Matrix& a, double lambda, bool one_sided, Protection& layer) {
  Matrix root;  // C
  const std::optional<Damping> damping = factorise(a, lambda, root);
  if (!damping) return damping;
  layer.basis = layer.kept.selfadjointView<Eigen::Lower>();
  solve_left_lower(root, layer.basis);
  solve_right_lower_transposed(root, layer.basis);
  const Vector diagonal = layer.basis.diagonal();
  if (!eigen_symmetric(layer.basis, layer.stiffness)) {
    layer.basis.setIdentity();
    layer.stiffness = diagonal;
  }
  layer.stiffness = layer.stiffness.cwiseMax(0.0F);
  solve_left_lower_transposed(root, layer.basis);
  const bool two_sided = !one_sided && layer.kept_output.size() > 0;
  if (two_sided) layer.output_basis = layer.kept_output;
  if (!two_sided || !eigen_symmetric(layer.output_basis, layer.output_stiffness)) {
    layer.output_basis.resize(0, 0);
    layer.output_stiffness.resize(0);
    return damping;
  }
  layer.output_stiffness = layer.output_stiffness.cwiseMax(0.0F);
  const Scalar mean = layer.output_stiffness.mean();
  if (mean > 0) {
    layer.output_stiffness /= mean;
  } else {
    layer.output_stiffness.setOnes();
  }
  return damping;
}

void whiten(const Protection& protection, Matrix& part, Matrix& d) {
  part.resize(d.rows(), d.cols());
  gemm(1.0F, d, Op::none, protection.basis, Op::none, 0.0F, part);
  if (protection.output_basis.size() == 0) {
    d.swap(part);
    return;
  }
  gemm(1.0F, protection.output_basis, Op::transpose, part, Op::none, 0.0F, d);
}

void anchor(const Protection& protection, double strength, Matrix& part, Matrix& d) {
  const bool two_sided = protection.output_basis.size() > 0;
  const auto c = static_cast<Scalar>(strength);
  for (Index j = 0; j < d.cols(); ++j) {
    const Scalar s = c * protection.stiffness[j];
    if (two_sided) {
      d.col(j).array() /= 1.0F + s * protection.output_stiffness.array();
    } else {
      d.col(j) /= 1.0F + s;
    }
  }
  part.resize(d.rows(), d.cols());
  gemm(1.0F, d, Op::none, protection.basis, Op::transpose, 0.0F, part);
  if (!two_sided) {
    d.swap(part);
    return;
  }
  gemm(1.0F, protection.output_basis, Op::none, part, Op::none, 0.0F, d);
}

}  // namespace altmind
