#pragma once
// Numeric diagnostics of a step: for probes, the status page and tests.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "core/continual/consolidation_report.hpp"
#include "core/evaluate/drift.hpp"

namespace altmind {

/// Diagnostics of one layer after a step.
struct LayerReport {
  double residual_ratio = 0.0;       ///< ||c_new - c0||_F / ||c0||_F: requested change of codes
  double damping = 0.0;              ///< lambda; 0 if the layer has no memory
  bool damping_raised = false;       ///< this step's refresh could not factor A with the requested damping
  double gain = 0.0;                 ///< g of a self-tuned step; 0 elsewhere
  double weight_change_ratio = 0.0;  ///< ||W_new - W_old||_F / ||W_old||_F
  std::size_t dead_units = 0;        ///< units inactive for every sample of the batch (ReLU)
  std::size_t units = 0;
};

/// Hidden layers first, the output layer last.
using LayerReports = std::vector<LayerReport>;

/// What one of several arms contributes to the predictions.
struct ArmReport {
  double reach = 0.0;                   ///< fraction of the requested change that codes make in a step
  double damping = 1.0;                 ///< multiple of lambda
  std::size_t fourier_features = 0;     ///< that it reads beside the inputs
  double weight = 1.0;                  ///< of its predictions in the mixture; the weights sum to 1
  double loss = 0.0;                    ///< mean over about 500 samples, before learning from them
  std::uint64_t served = 0;             ///< weights it predicts with: 0 live, 1 fast average, 2 slow average
  std::array<double, 3> recent_loss{};  ///< of the three sets; the least decides which is served
};

/// Returns the arm with the greatest weight; nullptr if there are none.
inline const ArmReport* leading(const std::vector<ArmReport>& arms) {
  const ArmReport* most = nullptr;
  for (const ArmReport& arm : arms) {
    if (most == nullptr || arm.weight > most->weight) most = &arm;
  }
  return most;
}

/// Parts of the state reinitialised because too many consecutive batches could not be learned.
enum class Renewal { none, memory, weights };

struct StepReport {
  std::uint64_t step = 0;      ///< steps taken, including this one
  std::uint64_t sequence = 0;  ///< last sample's journal number
  std::size_t samples = 0;
  double loss = 0.0;      ///< mean over the batch, before learning from it
  double accuracy = 0.0;  ///< share of correct predictions before learning from the batch; 0 for regression
  LayerReports layers;    ///< of the first arm
  ConsolidationReport consolidation;
  std::vector<DriftAlarm> alarms;  ///< drift alarms raised by this batch
  std::vector<ArmReport> arms;     ///< after this step; empty unless steps are self-tuned
  bool skipped = false;            ///< codes or losses were not finite: nothing was learned or scored
  bool undone = false;             ///< scored, but the step's result was not finite: the weights were restored
  std::uint64_t unlearned = 0;     ///< consecutive batches, up to this one, that were skipped or undone
  Renewal renewed = Renewal::none;
};

/// Phases of a step, in order.
enum class Phase { encode, codes, memory, weights, output };
inline constexpr std::size_t phase_count = 5;

/// Called when a phase has ended, so that the caller can time it (core reads no clock). May be empty.
using PhaseEnded = std::function<void(Phase)>;

}  // namespace altmind
