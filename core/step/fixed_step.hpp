#pragma once
// Steps of fixed length, as in the paper: by memory and block coordinate descent, or by gradients.

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

/// Updates the weights of the hidden layers, by memory or by local gradients, and of an output layer by its gradient.
///
/// `encoding`, `update`: forward pass and new codes of the batch; m: its samples. A layer's input is the paper's
/// [sigma(c_new^(l-1)); 1], or that of the forward pass, depending on the options. Hidden layers learn in parallel, by
/// `for_all`: none reads what another writes. Diagnostics go to `layers`.
/// Choromanska and others 2019, Algorithms 2.1 to 2.3.
class FixedStep {
 public:
  /// Updates the memory of every hidden layer, then its weight by block coordinate descent. state: the arm's,
  /// whose samples already include the batch.
  void memory_step(const LearnerOptions& options, const LearnerState& state, const Encoding& encoding,
                   const CodeUpdate& update, const PhaseEnded& ended, const ForAll& for_all, Arm& arm,
                   LayerReports& layers);

  /// Mem = no: takes a local step on mean ||W sigma(c_new^(l-1)) - c_new^l||^2 in every hidden layer; with batch
  /// normalisation, on its V, gamma and beta, where W is folded with the batch's statistics.
  void local_step(const LearnerOptions& options, const Encoding& encoding, const CodeUpdate& update, double m,
                  const PhaseEnded& ended, const ForAll& for_all, Arm& arm, LayerReports& layers);

  /// Takes the output layer's step on the mean loss (line 1 of Algorithm 2.3). Overwrites encoding.logits.
  void output_step(const LearnerOptions& options, const Targets& targets, const CodeUpdate& update, double m,
                   Encoding& encoding, Arm& arm, LayerReports& layers);

 private:
  /// Buffers of a layer; every step overwrites them before reading.
  struct Buffers {
    BcdWorkspace bcd;
    Matrix moved, target, gradient;
    Matrix raw;
    BatchNormGradient of_norm;
  };
  /// Takes the local step of a hidden layer with batch normalisation; `input` and `codes` are [sigma(c_new^(l-1)); 1]
  /// and c_new^l. A batch of one sample has no variance and is not learned.
  static void normalised_step(const LearnerOptions& options, const Matrix& input, const Matrix& codes, std::size_t l,
                              Buffers& my, Arm& arm, LayerReports& layers);

  std::vector<Buffers> layers_;  ///< of the hidden layers, then of the output layer
};

}  // namespace altmind
