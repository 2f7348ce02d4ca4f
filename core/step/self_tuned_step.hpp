#pragma once
// Self-tuned steps: damping from the spectrum of the input, step length relative to the requested change of codes.

#include <array>
#include <optional>
#include <vector>

#include "core/codes/codes.hpp"
#include "core/continual/preconditioner.hpp"
#include "core/learner_options.hpp"
#include "core/model/loss.hpp"
#include "core/model/network.hpp"
#include "core/step/for_all.hpp"
#include "core/step/learner_state.hpp"
#include "core/step/step_report.hpp"
#include "core/weights/curvature.hpp"

namespace altmind {

/// Requested change and solved step of a layer, with buffers. Reused across steps.
struct LayerStep {
  Matrix wanted, solved, move;
  double asked = 0.0;  ///< ||d||^2 over the probed samples
  double gain = 0.0;   ///< g
  Matrix code, gram, joined, drawn;
  PreconditionerBuffers preconditioner;
};

/// Buffers of the sequential pass through the layers. Reused across steps.
struct SelfTunedBuffers {
  Matrix input, table, code, error, lower;
  Winners winners;
};

/// Updates the weights of every layer that learns by memory: the hidden ones and, depending on options, the output
/// layer.
///
///   d = c_new - c0,   D = d a^T / m,   U = D (A + lambda I)^-1
///   r <- r + max(1/t, 1/2) (||U a||^2 / ||d||^2 - r),   g = kappa sqrt(m/200) / max(sqrt(r), 0.001)
///   c1 = W a~,   h = max(0, <c1 - c0, d> / ||d||^2),   f = 1 / (1 + h / (kappa sqrt(m/200)))
///   W <- W + f g U
///
/// so that codes move the fraction kappa of the requested change (at m = 200; larger batches are less noisy and move
/// further). a~ is the layer's input, recomputed with the layers below already updated, and f reduces a layer's step by
/// what the layers below have already achieved. This is block coordinate descent on B = W A + D with lambda as the
/// proximal term, over-relaxed by g. docs/algorithm.md, "Self-tuned steps".
///
/// D and A are means over all places of all samples (core/model/layer.hpp), A over a random subset if there are many;
/// norms are those of the codes that the next layer sees, including moves caused by earlier codes (`follow_moves`).
///
/// `encoding`, `update`: forward pass and new codes of the batch, by which A is updated first. Diagnostics go to
/// `layers`. All but f and the last line is computed for all layers in parallel, by `for_all`.
class SelfTunedStep {
 public:
  /// fixed: the arm's settings; nothing = its step fraction adapts.
  explicit SelfTunedStep(const std::optional<ArmOptions>& fixed = std::nullopt) : fixed_(fixed) {}

  void add_batch(const LearnerOptions& options, const Encoding& encoding, const Targets& targets, const ForAll& for_all,
                 const LearnerState& state, Arm& arm, LayerReports& layers);
  void update_weights(const LearnerOptions& options, const Encoding& encoding, const CodeUpdate& update,
                      const ForAll& for_all, const LearnerState& state, Arm& arm, LayerReports& layers);
  /// After the step, updates the averages of the weights by the losses of the three sets before it.
  void follow(const std::array<double, 3>& losses, double m, Arm& arm) const;

 private:
  /// Returns the fraction of the requested change that codes make in a step on m samples.
  double reach(const Tuning& tuning, Index m) const;
  /// K += the sampled Fisher matrix of the batch, weighted as `samples` samples.
  void add_fisher(double samples, const Encoding& encoding, const Targets& targets, const LearnerState& state,
                  Arm& arm);
  /// Updates A and Q of layer l by the batch.
  void add_to_layer(std::size_t l, const LearnerOptions& options, const Encoding& encoding, const LearnerState& state,
                    Arm& arm);
  void refresh_factors(const LearnerOptions& options, double horizon, const ForAll& for_all, const LearnerState& state,
                       Arm& arm, LayerReports& layers);
  /// Computes d, D, U, r and g of layer l.
  void solve_layer(std::size_t l, const LearnerOptions& options, const Encoding& encoding, const CodeUpdate& update,
                   const LearnerState& state, Arm& arm);

  std::optional<ArmOptions> fixed_;
  SelfTunedBuffers my_;
  std::vector<LayerStep> layers_;
};

}  // namespace altmind
