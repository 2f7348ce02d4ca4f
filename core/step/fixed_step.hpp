#pragma once
// Steps of fixed length, as in the paper: by a memory and block coordinate descent, or by gradients.

#include <cstdint>
#include <vector>

#include "core/codes/codes.hpp"
#include "core/learner_options.hpp"
#include "core/model/loss.hpp"
#include "core/model/network.hpp"
#include "core/step/for_all.hpp"
#include "core/step/learner_state.hpp"
#include "core/step/step_report.hpp"
#include "core/weights/bcd.hpp"

namespace altmind {

/// Weights of the hidden layers, by memory or locally, and of an output layer that follows a gradient.
///
/// `encoding`, `update`: forward pass and new codes of the batch; m: its samples. A layer's input is the paper's
/// [sigma(c_new^(l-1)); 1], or that of the forward pass where the options say so. Hidden layers learn at once, by
/// `for_all`: none reads what another writes. Diagnostics go to report.layers.
/// Choromanska and others 2019, Algorithms 2.1 to 2.3.
class FixedStep {
 public:
  /// Memory of every hidden layer, then its weight by block coordinate descent. state.samples: the batch included.
  void memory_step(const LearnerOptions& options, const Encoding& encoding, const CodeUpdate& update, std::uint64_t m,
                   const PhaseEnded& ended, const ForAll& for_all, LearnerState& state, StepReport& report);

  /// Mem = no: a local step on mean ||W sigma(c_new^(l-1)) - c_new^l||^2 in every hidden layer; under batch
  /// normalisation on its V, gamma and beta, W being that of the batch.
  void local_step(const LearnerOptions& options, const Encoding& encoding, const CodeUpdate& update, double m,
                  const PhaseEnded& ended, const ForAll& for_all, LearnerState& state, StepReport& report);

  /// The output layer's step on the mean loss (line 1 of Algorithm 2.3). encoding.logits are used up.
  void output_step(const LearnerOptions& options, const Targets& targets, const CodeUpdate& update, double m,
                   Encoding& encoding, LearnerState& state, StepReport& report);

 private:
  /// Buffers of a layer: every step overwrites them before reading.
  struct Buffers {
    BcdWorkspace bcd;
    Matrix moved, target, gradient;
    Matrix raw;
    BatchNormGradient of_norm;
  };
  /// The local step of a hidden layer with batch normalisation, `input` and `codes` being [sigma(c_new^(l-1)); 1] and
  /// c_new^l. One sample has no variance: nothing is learned from it.
  static void normalised_step(const LearnerOptions& options, const Matrix& input, const Matrix& codes, std::size_t l,
                              Buffers& my, LearnerState& state, StepReport& report);

  std::vector<Buffers> layers_;  ///< of the hidden layers, then of the output layer
};

}  // namespace altmind
