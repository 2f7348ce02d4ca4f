#pragma once
// A step that tunes itself: damping from the spectrum of its input, length in units of what the codes ask for.

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

/// What a layer is asked for and gets in a step, and buffers on the way. Kept between steps.
struct LayerStep {
  Matrix wanted, solved, move;
  double asked = 0.0;  ///< ||d||^2 over the probed samples
  double gain = 0.0;   ///< g
  Matrix code, gram, joined, drawn;
  PreconditionerBuffers preconditioner;
};

/// Buffers of what goes through the layers one by one. Kept between steps.
struct SelfTunedBuffers {
  Matrix input, table, code, error, lower;
  Winners winners;
};

/// Weights of every layer that learns by memory: the hidden ones, and the output layer if options say so.
///
///   d = c_new - c0,   D = d a^T / m,   U = D (A + lambda I)^-1
///   r <- r + max(1/t, 1/2) (||U a||^2 / ||d||^2 - r),   g = kappa sqrt(m/200) / max(sqrt(r), 0.001)
///   c1 = W a~,   h = max(0, <c1 - c0, d> / ||d||^2),   f = 1 / (1 + h / (kappa sqrt(m/200)))
///   W <- W + f g U
///
/// so that codes go the fraction kappa of the way they ask for (at m = 200; more samples carry less noise and go
/// further). a~ is the input encoded anew with the layers below already updated, and f leaves to a layer what those
/// below have not done already. It is block coordinate descent on B = W A + D with lambda as the proximal term,
/// over-relaxed by g. docs/algorithm.md, "Self-tuned steps".
///
/// D and A are means over all places of all samples (core/model/layer.hpp), A of some that are drawn; lengths are those
/// of the codes that tell, moved by all the others of their sample (`follow_moves`).
///
/// `encoding`, `update`: forward pass and new codes of the batch; A is updated by it first. Diagnostics go to
/// report.layers. All but f and the last line is done for all layers at once, by `for_all`.
class SelfTunedStep {
 public:
  void add_batch(const LearnerOptions& options, const Encoding& encoding, const Targets& targets, const ForAll& for_all,
                 LearnerState& state, StepReport& report);
  void update_weights(const LearnerOptions& options, const Encoding& encoding, const CodeUpdate& update,
                      const ForAll& for_all, LearnerState& state, StepReport& report);

 private:
  /// K += the sampled Fisher of the batch, as of so many `samples`.
  void add_fisher(double samples, const Encoding& encoding, const Targets& targets, LearnerState& state);
  /// A and Q of layer l take in the batch of step t.
  void add_to_layer(std::size_t l, const LearnerOptions& options, const Encoding& encoding, LearnerState& state);
  void refresh_factors(const LearnerOptions& options, double horizon, const ForAll& for_all, LearnerState& state,
                       StepReport& report);
  /// d, D, U, r and g of layer l.
  void solve_layer(std::size_t l, const LearnerOptions& options, const Encoding& encoding, const CodeUpdate& update,
                   LearnerState& state);

  SelfTunedBuffers my_;
  std::vector<LayerStep> layers_;
};

}  // namespace altmind
